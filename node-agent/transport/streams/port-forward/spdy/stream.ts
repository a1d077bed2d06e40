import { RESET } from './frames.ts';
import type { Headers } from './header-block.ts';

/** The other end reset the stream, or the connection is over. */
export class StreamReset extends Error {
  override readonly name = 'StreamReset';
}

/** What a stream needs of its connection. */
export interface StreamCarrier {
  reply(stream: SpdyStream): Promise<void>;
  /** In frames, as far as windows go. */
  sendData(stream: SpdyStream, data: Uint8Array, fin: boolean): Promise<void>;
  reset(stream: SpdyStream, status: number): Promise<void>;
  /** Bytes were taken out of the stream. */
  consumed(stream: SpdyStream, bytes: number): Promise<void>;
}

/** What a stream keeps for who reads it before its connection is not read any more. Bytes. */
const RECEIVE_BUFFER_BYTES = 256 * 1024;

/** One stream that the other end has opened. */
export class SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  readonly #carrier: StreamCarrier;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #receiveState: 'open' | 'finished' | 'reset' = 'open';
  #sendState: 'open' | 'finished' | 'reset' = 'open';
  #waiters: (() => void)[] = [];

  constructor(id: number, headers: Headers, carrier: StreamCarrier) {
    this.id = id;
    this.headers = headers;
    this.#carrier = carrier;
  }

  /** Whether nothing more comes or goes. */
  get isOver(): boolean {
    return this.#sendState !== 'open' && this.#receiveState !== 'open';
  }

  get isReset(): boolean {
    return this.#sendState === 'reset';
  }

  /** Tells the other end that the stream is taken. */
  accept(): Promise<void> {
    return this.#carrier.reply(this);
  }

  /** Resolves once the data may be under way. Throws StreamReset. */
  async send(data: Uint8Array): Promise<void> {
    if (this.#sendState !== 'open') throw new StreamReset('the stream takes no more');
    await this.#carrier.sendData(this, data, false);
  }

  /** Says that nothing more is sent. */
  async finish(): Promise<void> {
    if (this.#sendState !== 'open') return;
    this.#sendState = 'finished';
    await this.#carrier.sendData(this, new Uint8Array(), true);
  }

  /** Ends both directions at once. */
  async reset(status: number = RESET.cancel): Promise<void> {
    if (this.isReset) return;
    this.gone();
    await this.#carrier.reset(this, status);
  }

  /** What the other end sends, until it has finished. Throws StreamReset. */
  async *incoming(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = this.#received.shift();
      if (next !== undefined) {
        this.#receivedBytes -= next.length;
        this.#wake();
        yield next;
        await this.#carrier.consumed(this, next.length);
      } else if (this.#receiveState === 'open') await this.#change();
      else if (this.#receiveState === 'reset') throw new StreamReset('the stream was reset');
      else return;
    }
  }

  /** Takes what the other end has sent. */
  push(data: Buffer, fin: boolean): void {
    if (this.#receiveState !== 'open') return;
    if (data.length > 0) {
      // A copy: the piece is a part of a message that would be kept whole.
      this.#received.push(Buffer.from(data));
      this.#receivedBytes += data.length;
    }
    if (fin) this.#receiveState = 'finished';
    this.#wake();
  }

  /** Whether the connection may be read on. */
  get hasRoom(): boolean {
    return this.#receivedBytes < RECEIVE_BUFFER_BYTES;
  }

  /** Resolves with the next change of what is kept. */
  changed(): Promise<void> {
    return this.#change();
  }

  /** The other end has reset it, or the connection is over. */
  gone(): void {
    this.#receiveState = 'reset';
    this.#sendState = 'reset';
    this.#received = [];
    this.#receivedBytes = 0;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
