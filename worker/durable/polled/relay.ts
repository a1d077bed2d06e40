import {
  CLOSE_TRY_AGAIN,
  MAX_FRAME_BYTES,
  PING,
  PONG,
} from '../../../apimachinery/agent-protocol.ts';
import { Inbox, type Message } from '../../../apimachinery/polled-socket/inbox.ts';
import { Outbox } from '../../../apimachinery/polled-socket/outbox.ts';
import { decodeParts } from '../../../apimachinery/polled-socket/parts.ts';
import {
  MAX_BATCH_BYTES,
  POLL_HOLD_MS,
  POLLED_SOCKET_EXPIRY_MS,
} from '../../../apimachinery/polled-socket/protocol.ts';
import { logError } from '../log.ts';

/** Requests that come at once are one heartbeat. Milliseconds. */
const HEARTBEAT_INTERVAL_MS = 5_000;
/** Closing codes: one side went away without a word, or broke the rules. */
const GONE = 1011;
const ABNORMAL = 1006;

const NOTHING = new Uint8Array();

export type Poll = { readonly ok: true; readonly body: Uint8Array } | { ok: false; why: Refusal };
/** Nothing is known of the socket (any more); or the request is not one that can follow. */
export type Refusal = 'gone' | 'invalid';

export interface RelayOptions {
  /** Heartbeats count on it: the agent's requests are passed on as such. */
  readonly isLink: boolean;
  /** What may wait for the agent; more breaks the socket. */
  readonly maxWaitingBytes: number;
  /** Called when there is nothing left to be asked for. */
  readonly onOver: () => void;
}

/**
 * A WebSocket inside of the control plane, and the requests by which an agent sends and gets its
 * messages. All of it is in memory: with the object it is gone, and the agent dials anew.
 */
export class Relay {
  readonly #inner: WebSocket;
  readonly #options: RelayOptions;
  readonly #outbox: Outbox;
  readonly #inbox = new Inbox(MAX_FRAME_BYTES);
  #endPoll: ((isSuperseded: boolean) => void) | null = null;
  #expiry: ReturnType<typeof setTimeout> | null = null;
  #heartbeatAt = 0;
  /** The other end has closed; the agent may not have heard of it. */
  #isClosed = false;
  #isOver = false;

  constructor(inner: WebSocket, options: RelayOptions) {
    this.#outbox = new Outbox(options.maxWaitingBytes);
    this.#inner = inner;
    this.#options = options;
    inner.binaryType = 'arraybuffer';
    inner.addEventListener('message', ({ data }) => this.#fromInner(data));
    inner.addEventListener('close', ({ code, reason }) => this.#innerClosed(code, reason));
    inner.addEventListener('error', () => this.#innerClosed(ABNORMAL, ''));
    inner.accept();
    this.#heard();
  }

  /** Takes a batch of the agent's, the first part of which has this number. */
  take(first: number, batch: Uint8Array): 'taken' | Refusal {
    this.#heard();
    try {
      const messages = this.#inbox.take(first, decodeParts(batch));
      if (messages === null) return 'invalid';
      for (const message of messages) this.#toInner(message);
      return 'taken';
    } catch (error) {
      logError('a bad batch for a polled socket', error);
      return 'invalid';
    }
  }

  /** The messages after a number, once there are some; nothing when there are none for a while. */
  async poll(after: number): Promise<Poll> {
    this.#heard();
    if (!this.#outbox.acknowledge(after)) return { ok: false, why: 'invalid' };
    // Whoever waits on an older connection may be gone: what comes is not for it.
    this.#endPoll?.(true);
    const isSuperseded = this.#outbox.isEmpty && (await this.#somethingToSend());
    if (this.#isOver) return { ok: false, why: 'gone' };
    return { ok: true, body: isSuperseded ? NOTHING : this.#outbox.batch(MAX_BATCH_BYTES).body };
  }

  /** Breaks off. */
  end(reason: string): void {
    if (!this.#isClosed) this.#inner.close(GONE, reason);
    this.#over();
  }

  /** Resolves with whether a newer poll has come. */
  #somethingToSend(): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isSuperseded: boolean): void => {
        clearTimeout(timer);
        if (this.#endPoll === end) this.#endPoll = null;
        resolve(isSuperseded);
      };
      const timer = setTimeout(() => end(false), POLL_HOLD_MS);
      this.#endPoll = end;
    });
  }

  #fromInner(data: unknown): void {
    if (this.#isClosed || (this.#options.isLink && data === PONG)) return;
    const hasRoom =
      typeof data === 'string'
        ? this.#outbox.push('text', new TextEncoder().encode(data))
        : this.#outbox.push('binary', new Uint8Array(data as ArrayBuffer));
    if (hasRoom) this.#endPoll?.(false);
    else this.#overflow();
  }

  #overflow(): void {
    const reason = 'the agent takes too slowly';
    this.#inner.close(CLOSE_TRY_AGAIN, reason);
    this.#outbox.drop();
    this.#innerClosed(CLOSE_TRY_AGAIN, reason);
  }

  #toInner(message: Message): void {
    if (message.kind === 'close') {
      if (!this.#isClosed) this.#inner.close(sendableCode(message.code), text(message.reason));
      this.#over();
    } else if (!this.#isClosed) {
      this.#inner.send(message.kind === 'text' ? text(message.bytes) : message.bytes);
    }
  }

  #innerClosed(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isOver) return;
    this.#outbox.close(code, new TextEncoder().encode(reason));
    this.#endPoll?.(false);
  }

  /** The agent is there: by that its link is alive, and this relay stays. */
  #heard(): void {
    if (this.#isOver) return;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.end('the agent polls no more'), POLLED_SOCKET_EXPIRY_MS);
    const now = Date.now();
    if (!this.#options.isLink || this.#isClosed || now - this.#heartbeatAt < HEARTBEAT_INTERVAL_MS)
      return;
    this.#heartbeatAt = now;
    this.#inner.send(PING);
  }

  #over(): void {
    this.#isOver = true;
    this.#isClosed = true;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#outbox.drop();
    this.#endPoll?.(false);
    this.#options.onOver();
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Of the codes that a peer may show, those that one may close with. */
const sendableCode = (code: number): number =>
  code === 1000 || (code >= 3000 && code < 5000) ? code : GONE;
