import type { WebSocket } from 'ws';
import { INITIAL_STREAM_CREDIT } from '../../apimachinery/stream-protocol.ts';
import type { ResponseHead } from '../../apimachinery/stream-protocol.ts';

/** The client's end of a stream: collects what comes, and grants credit unless told not to. */
export class FakeStream {
  #socket: WebSocket | undefined;
  #settle: () => void = () => undefined;
  readonly settled: Promise<void>;
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  refusal: { code: number; message: string } | undefined;
  /** Payload messages, oldest first. */
  readonly payload: Buffer[] = [];
  readonly controls: string[] = [];
  grantsCredit = true;
  /** Called for what has come since. */
  onPayload: (() => void) | undefined;
  #onPayload: () => void = () => undefined;

  constructor() {
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  joined(socket: WebSocket): void {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        this.controls.push(String(data));
        this.#onPayload();
        return;
      }
      this.payload.push(data);
      if (this.grantsCredit) this.grant(data.length);
      this.onPayload?.();
      this.#onPayload();
    });
    socket.on('close', () => this.#resolveEnded());
    this.#settle();
  }

  refused(code: number, message: string): void {
    this.refusal = { code, message };
    this.#settle();
    this.#resolveEnded();
  }

  grant(bytes: number): void {
    this.#socket?.send(JSON.stringify({ type: 'credit', bytes }));
  }

  send(channel: number, data: string | Uint8Array): void {
    this.sendBytes(Buffer.concat([Uint8Array.of(channel), Buffer.from(data)]));
  }

  /** Payload as it is. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket?.send(bytes);
  }

  /** Says that no more payload comes. */
  finish(): void {
    this.#socket?.send(JSON.stringify({ type: 'finished' }));
  }

  end(): void {
    this.#socket?.send(JSON.stringify({ type: 'end' }));
  }

  cut(): void {
    this.#socket?.terminate();
  }

  /** How a proxied response began. */
  get response(): ResponseHead | undefined {
    const accepted = this.controls.find((text) => text.includes('"accepted"'));
    return accepted === undefined
      ? undefined
      : (JSON.parse(accepted) as { response?: ResponseHead }).response;
  }

  /** How it ended. */
  get lastWord(): { code?: number; message?: string } | undefined {
    const end = this.controls.find((text) => text.includes('"end"'));
    return end === undefined ? undefined : (JSON.parse(end) as { code?: number; message?: string });
  }

  /** Whether the other end closed it in good order. */
  get endedInOrder(): boolean {
    return this.controls.some((text) => text.includes('"end"'));
  }

  /** All payload of a channel, or of a log stream, as text. */
  text(channel?: number): string {
    const messages =
      channel === undefined
        ? this.payload
        : this.payload.filter((message) => message[0] === channel).map((m) => m.subarray(1));
    return Buffer.concat(messages).toString('utf8');
  }

  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      this.#onPayload = () => {
        if (condition()) resolve();
      };
    });
  }
}

/** The window that the agent may fill before any credit is granted. */
export const WINDOW = INITIAL_STREAM_CREDIT;
