import { decodeFrame } from '../../../apimachinery/agent-protocol.ts';
import {
  INITIAL_STREAM_CREDIT,
  streamControlSchema,
} from '../../../apimachinery/stream-protocol.ts';
import type { ResponseHead, StreamControl } from '../../../apimachinery/stream-protocol.ts';
import type { Clock } from '../../clock.ts';
import type { AgentSocket } from '../socket/agent-socket.ts';
import type { Dialler } from '../socket/dialler.ts';

const PING_INTERVAL_MS = 20_000;
const SILENCE_LIMIT_MS = 45_000;
/** What was consumed is granted again in portions of this size, to keep control frames few. */
const CREDIT_PORTION = INITIAL_STREAM_CREDIT / 4;

/** So that a window holds several. */
export const MAX_MESSAGE_BYTES = 32 * 1024;

/** The other end closed the stream, or the network did. */
export class StreamClosed extends Error {
  override readonly name = 'StreamClosed';
}

/** Takes what arrives, in order; what comes next waits until it resolves. */
export interface PayloadHandler {
  payload(payload: Buffer): Promise<void>;
  /** No more payload comes. */
  finished?(): Promise<void>;
}

/** One stream: payload both ways under credit, and an orderly end. */
export class StreamSocket {
  readonly #socket: AgentSocket;
  readonly #clock: Clock;
  #sendCredit = INITIAL_STREAM_CREDIT;
  #receiveCredit = INITIAL_STREAM_CREDIT;
  #consumed = 0;
  #creditWaiters: (() => void)[] = [];
  #received: Promise<void> = Promise.resolve();
  #cancelPing: (() => void) | undefined;
  #lastHeardMs: number;
  #ended = false;
  /** Resolves when the stream is over, however it ended. */
  readonly closed: Promise<void>;

  private constructor(socket: AgentSocket, clock: Clock, handler: PayloadHandler) {
    this.#socket = socket;
    this.#clock = clock;
    this.#lastHeardMs = clock.now();
    this.closed = new Promise((resolve) => {
      socket.start({
        message: (data, isBinary) => this.#receive(data, isBinary, handler),
        heard: () => {
          this.#lastHeardMs = this.#clock.now();
        },
        closed: () => {
          this.#ended = true;
          this.#cancelPing?.();
          this.#wakeSenders();
          resolve();
        },
      });
    });
    this.#keepAlive();
  }

  /** Dials the stream's rendezvous; payload goes to the handler from the first message on. */
  static async dial(
    dialler: Pick<Dialler, 'dial'>,
    streamID: string,
    clock: Clock,
    handler: PayloadHandler,
  ): Promise<StreamSocket> {
    const path = `streams/${encodeURIComponent(streamID)}`;
    const socket = await dialler.dial({ path, heartbeat: 'frame' });
    return new StreamSocket(socket, clock, handler);
  }

  /** Says that the request can be served, and for a proxied one how its response begins. */
  accept(response?: ResponseHead): void {
    this.#control({ type: 'accepted', ...(response === undefined ? {} : { response }) });
  }

  /** Resolves once the bytes may be under way. Throws StreamClosed. */
  async send(payload: Uint8Array): Promise<void> {
    if (payload.length > INITIAL_STREAM_CREDIT)
      throw new Error('payload exceeds the credit window');
    while (this.#sendCredit < payload.length && !this.#ended) {
      await new Promise<void>((resolve) => this.#creditWaiters.push(resolve));
    }
    if (this.#ended) throw new StreamClosed('stream is closed');
    this.#sendCredit -= payload.length;
    this.#socket.send(payload);
  }

  /** Sends bytes of any number, in portions. Throws StreamClosed. */
  async sendAll(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += MAX_MESSAGE_BYTES) {
      await this.send(bytes.subarray(from, from + MAX_MESSAGE_BYTES));
    }
  }

  /** Ends the stream in good order; with a code and a message where it failed. */
  end(failure?: { code: number; message: string }): void {
    if (this.#ended) return;
    this.#control({ type: 'end', ...failure });
    this.#ended = true;
    this.#wakeSenders();
    this.#socket.close(1000);
  }

  /** Breaks the stream, which the other end shows as an error. */
  abort(): void {
    this.#ended = true;
    this.#wakeSenders();
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean, handler: PayloadHandler): void {
    if (!isBinary) {
      try {
        this.#takeControl(decodeFrame(streamControlSchema, data.toString('utf8')), handler);
      } catch {
        // A peer that does not speak the protocol cannot be told so in it.
        this.abort();
      }
      return;
    }
    this.#receiveCredit -= data.length;
    if (this.#receiveCredit < 0) {
      this.abort();
      return;
    }
    this.#received = this.#received
      .then(() => handler.payload(data))
      .then(() => this.#grant(data.length))
      .catch(() => this.abort());
  }

  #takeControl(frame: StreamControl, handler: PayloadHandler): void {
    switch (frame.type) {
      case 'accepted':
        return;
      case 'credit':
        this.#sendCredit += frame.bytes;
        this.#wakeSenders();
        return;
      case 'finished':
        this.#received = this.#received.then(() => handler.finished?.()).catch(() => this.abort());
        return;
      case 'end':
        // The client has gone; what it had sent before is still taken.
        this.#received = this.#received.finally(() => this.#socket.close(1000));
        return;
    }
  }

  #grant(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < CREDIT_PORTION || this.#ended) return;
    this.#receiveCredit += this.#consumed;
    this.#control({ type: 'credit', bytes: this.#consumed });
    this.#consumed = 0;
  }

  #control(frame: StreamControl): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #wakeSenders(): void {
    const waiters = this.#creditWaiters;
    this.#creditWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #keepAlive(): void {
    this.#cancelPing = this.#clock.schedule(PING_INTERVAL_MS, () => {
      if (this.#clock.now() - this.#lastHeardMs > SILENCE_LIMIT_MS) {
        this.abort();
        return;
      }
      this.#socket.ping();
      this.#keepAlive();
    });
  }
}
