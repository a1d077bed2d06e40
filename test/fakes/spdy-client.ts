import {
  dataFrame,
  FrameReader,
  pingFrame,
  rstStreamFrame,
  synStreamFrame,
  windowUpdateFrame,
} from '../../node-agent/transport/streams/port-forward/spdy/frames.ts';
import type { Frame } from '../../node-agent/transport/streams/port-forward/spdy/frames.ts';
import { HeaderWriter } from '../../node-agent/transport/streams/port-forward/spdy/header-block.ts';

/** The end of a SPDY connection that opens streams, as kubectl is. */
export class SpdyClient {
  readonly frames: Frame[] = [];
  /** Whether pings are answered; one that does not is one that does not read. */
  answersPings = true;
  readonly #send: (bytes: Buffer) => Promise<void>;
  readonly #headers = new HeaderWriter();
  readonly #reader = new FrameReader();
  readonly #unanswered: number[] = [];
  #nextID = 1;
  #waiters: (() => void)[] = [];

  constructor(send: (bytes: Buffer) => Promise<void>) {
    let last: Promise<void> = Promise.resolve();
    // One after the other, as on a connection.
    this.#send = (bytes) => {
      last = last.then(() => send(bytes));
      return last;
    };
  }

  /** Takes what the other end sends. */
  async receive(bytes: Buffer): Promise<void> {
    for (const frame of this.#reader.read(bytes)) {
      this.frames.push(frame.type === 'data' ? { ...frame, data: Buffer.from(frame.data) } : frame);
      if (frame.type === 'ping') this.#unanswered.push(frame.id);
    }
    if (this.answersPings) void this.answerPings();
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async answerPings(): Promise<void> {
    for (const id of this.#unanswered.splice(0)) await this.#send(pingFrame(id));
  }

  async open(headers: Record<string, string>, fin = false): Promise<number> {
    const id = this.#nextID;
    this.#nextID += 2;
    const block = await this.#headers.write(new Map(Object.entries(headers)));
    await this.#send(synStreamFrame(id, block, fin));
    return id;
  }

  /** The pair of streams that one forwarded connection has. */
  async openPair(port: number, requestID: string): Promise<{ error: number; data: number }> {
    const headers = { port: String(port), requestid: requestID };
    const error = await this.open({ ...headers, streamtype: 'error' }, true);
    return { error, data: await this.open({ ...headers, streamtype: 'data' }) };
  }

  send(id: number, data: string | Uint8Array, fin = false): Promise<void> {
    return this.#send(dataFrame(id, Buffer.from(data), fin));
  }

  reset(id: number, status: number): Promise<void> {
    return this.#send(rstStreamFrame(id, status));
  }

  grant(id: number, bytes: number): Promise<void> {
    return this.#send(windowUpdateFrame(id, bytes));
  }

  ping(id: number): Promise<void> {
    return this.#send(pingFrame(id));
  }

  /** What has come on a stream. */
  bytes(id: number): Buffer {
    return Buffer.concat(this.#dataOf(id).map(({ data }) => data));
  }

  text(id: number): string {
    return this.bytes(id).toString('utf8');
  }

  isFinished(id: number): boolean {
    return this.#dataOf(id).some(({ fin }) => fin);
  }

  resetOf(id: number): number | undefined {
    const reset = this.frames.find((frame) => frame.type === 'rstStream' && frame.streamID === id);
    return reset?.type === 'rstStream' ? reset.status : undefined;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #dataOf(id: number): Extract<Frame, { type: 'data' }>[] {
    return this.frames.filter((frame) => frame.type === 'data').filter((f) => f.streamID === id);
  }
}
