import { AcknowledgedWindow } from './acknowledged-window.ts';
import {
  dataFrame,
  FrameError,
  FrameReader,
  GO_AWAY,
  goAwayFrame,
  pingFrame,
  RESET,
  rstStreamFrame,
  synReplyFrame,
  windowUpdateFrame,
} from './frames.ts';
import type { Frame } from './frames.ts';
import { HeaderReader, HeaderWriter } from './header-block.ts';
import { SpdyStream, StreamReset } from './stream.ts';
import type { StreamCarrier } from './stream.ts';

/** Two for each connection that is forwarded. */
const MAX_STREAMS = 1024;
/** Data goes out in frames of this size, so that streams take turns; a message holds one. Bytes. */
const MAX_DATA_BYTES = 32 * 1024 - 8;
/** What every end may send on a stream before the other says anything (2.6.8). */
const INITIAL_WINDOW_BYTES = 64 * 1024;
/** What was consumed is granted again in portions of this size. */
const GRANT_BYTES = INITIAL_WINDOW_BYTES / 2;

interface Flow {
  /** Sent on the stream, and what the other end has granted beyond the initial window. */
  sent: number;
  granted: number;
  /** Consumed here and not granted again yet. */
  consumed: number;
}

/** The end of a SPDY/3.1 connection that the other end opens streams to. */
export class SpdySession implements StreamCarrier {
  readonly #send: (bytes: Buffer) => Promise<void>;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #reader = new FrameReader();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #flows = new Map<number, Flow>();
  readonly #window = new AcknowledgedWindow();
  #written: Promise<void> = Promise.resolve();
  #lastStreamID = 0;
  #isDeaf = false;
  #isClosed = false;
  /** Of the other end, once it has shown that it grants windows at all. */
  #peerWindow: number | undefined;
  #waiters: (() => void)[] = [];

  /** @param send resolves once the bytes may be under way. */
  constructor(send: (bytes: Buffer) => Promise<void>, onStream: (stream: SpdyStream) => void) {
    this.#send = send;
    this.#onStream = onStream;
  }

  /**
   * Takes bytes of the other end, however they are cut; resolves when there is room for more.
   * Throws for what breaks the protocol; the other end is told before.
   */
  async receive(bytes: Buffer): Promise<void> {
    try {
      for (const frame of this.#reader.read(bytes)) {
        if (this.#isClosed) return;
        await this.#take(frame);
      }
    } catch (error) {
      const isTheirs = error instanceof FrameError;
      await this.#write(
        goAwayFrame(this.#lastStreamID, isTheirs ? GO_AWAY.protocolError : GO_AWAY.internalError),
      ).catch(() => undefined);
      this.close();
      throw error;
    }
  }

  /** Lets go of all streams. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.gone();
    this.#streams.clear();
    this.#flows.clear();
    this.#headerReader.close();
    this.#headerWriter.close();
    this.#wake();
  }

  async reply(stream: SpdyStream): Promise<void> {
    await this.#write(async () =>
      synReplyFrame(stream.id, await this.#headerWriter.write(new Map())),
    );
  }

  async sendData(stream: SpdyStream, data: Uint8Array, fin: boolean): Promise<void> {
    let rest = data;
    do {
      const room = await this.#roomFor(stream, Math.min(rest.length, MAX_DATA_BYTES));
      const part = rest.subarray(0, room);
      rest = rest.subarray(room);
      const ping = this.#window.sent(part.length);
      await this.#write(dataFrame(stream.id, part, fin && rest.length === 0));
      if (ping !== null) await this.#write(pingFrame(ping));
    } while (rest.length > 0);
    this.#forgetIfOver(stream);
  }

  async reset(stream: SpdyStream, status: number): Promise<void> {
    this.#forget(stream.id);
    if (!this.#isClosed) await this.#write(rstStreamFrame(stream.id, status));
  }

  async consumed(stream: SpdyStream, bytes: number): Promise<void> {
    const flow = this.#flows.get(stream.id);
    if (flow === undefined) return;
    flow.consumed += bytes;
    if (flow.consumed < GRANT_BYTES) return;
    const delta = flow.consumed;
    flow.consumed = 0;
    await this.#write(windowUpdateFrame(stream.id, delta));
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'synStream':
        return this.#open(frame.streamID, frame.fin, frame.block);
      case 'synReply':
      case 'headers':
        // Nothing is in them for us; but the next block is compressed after this one.
        await this.#headerReader.read(frame.block);
        return this.#data(frame.streamID, Buffer.alloc(0), frame.fin);
      case 'data':
        return this.#data(frame.streamID, frame.data, frame.fin);
      case 'rstStream':
        this.#streams.get(frame.streamID)?.gone();
        this.#forget(frame.streamID);
        return undefined;
      case 'ping':
        if (frame.id % 2 === 1) return this.#write(pingFrame(frame.id));
        this.#window.answered(frame.id);
        this.#wake();
        return undefined;
      case 'settings':
        if (frame.initialWindow !== undefined) this.#peerWindow = frame.initialWindow;
        this.#wake();
        return undefined;
      case 'windowUpdate':
        this.#granted(frame.streamID, frame.delta);
        return undefined;
      case 'goAway':
        // Its streams go on to their ends.
        return undefined;
    }
  }

  async #open(id: number, fin: boolean, block: Buffer): Promise<void> {
    const headers = await this.#headerReader.read(block);
    if (id % 2 === 0 || id <= this.#lastStreamID) {
      await this.#write(rstStreamFrame(id, RESET.protocolError));
      return;
    }
    this.#lastStreamID = id;
    if (this.#streams.size >= MAX_STREAMS) {
      await this.#write(rstStreamFrame(id, RESET.refusedStream));
      return;
    }
    const stream = new SpdyStream(id, headers, this);
    this.#streams.set(id, stream);
    this.#flows.set(id, { sent: 0, granted: 0, consumed: 0 });
    if (fin) stream.push(Buffer.alloc(0), true);
    this.#onStream(stream);
  }

  async #data(id: number, data: Buffer, fin: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      // Of a stream that is over, what was under way is nobody's.
      if (id > this.#lastStreamID) await this.#write(rstStreamFrame(id, RESET.invalidStream));
      return;
    }
    stream.push(data, fin);
    this.#forgetIfOver(stream);
    while (!stream.hasRoom) {
      this.#hear(false);
      await stream.changed();
    }
    this.#hear(true);
  }

  #hear(isHearing: boolean): void {
    if (this.#isDeaf === !isHearing) return;
    this.#isDeaf = !isHearing;
    this.#wake();
  }

  #granted(id: number, delta: number): void {
    this.#peerWindow ??= INITIAL_WINDOW_BYTES;
    const flow = this.#flows.get(id);
    if (flow !== undefined) flow.granted += delta;
    this.#wake();
  }

  /** Waits until some of the bytes may go out; returns how many. Throws StreamReset. */
  async #roomFor(stream: SpdyStream, bytes: number): Promise<number> {
    for (;;) {
      const flow = this.#flows.get(stream.id);
      if (stream.isReset || this.#isClosed || flow === undefined) {
        throw new StreamReset('the stream is gone');
      }
      const window = (this.#peerWindow ?? Infinity) + flow.granted - flow.sent;
      const room = Math.min(bytes, Math.max(0, window));
      if (this.#window.hasRoom(this.#isDeaf) && (room > 0 || bytes === 0)) {
        flow.sent += room;
        return room;
      }
      // Neither reads the other: the client would wait for the pod, and the pod for the client.
      if (this.#isDeaf && !this.#window.hasRoom(true)) await stream.reset(RESET.flowControlError);
      else await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Frames go out one after the other, in the order in which they were made. */
  #write(frame: Buffer | (() => Promise<Buffer>)): Promise<void> {
    const written = this.#written.then(async () => {
      if (this.#isClosed) return;
      await this.#send(typeof frame === 'function' ? await frame() : frame);
    });
    this.#written = written.catch(() => undefined);
    return written;
  }

  #forgetIfOver(stream: SpdyStream): void {
    if (stream.isOver) this.#forget(stream.id);
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    this.#flows.delete(id);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
