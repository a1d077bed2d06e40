/**
 * Frames of SPDY/3.1 (SPDY protocol draft 3.1, 2.2): eight bytes of header, then the payload.
 *
 *     control: 1 | version (15) | type (16) | flags (8) | length (24)
 *     data:    0 | stream (31)              | flags (8) | length (24)
 */
const VERSION = 3;
const HEADER_BYTES = 8;
/** Control frames are short; a longer one is no port-forward's. Bytes. */
export const MAX_CONTROL_BYTES = 16 * 1024;

const TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
const FIN = 1;
const CONTROL_BIT = 0x80000000;
const STREAM_MASK = 0x7fffffff;
const LENGTH_MASK = 0xffffff;
const SETTING_BYTES = 8;
const INITIAL_WINDOW_SETTING = 7;

/** Why a stream is reset (2.6.3). */
export const RESET = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
  streamInUse: 8,
  streamAlreadyClosed: 9,
} as const;
/** Why a connection is ended (2.6.6). */
export const GO_AWAY = { ok: 0, protocolError: 1, internalError: 2 } as const;

export type Frame =
  /** Data frames are handed on in the pieces in which they arrive; the last has the flag. */
  | {
      readonly type: 'data';
      readonly streamID: number;
      readonly fin: boolean;
      readonly data: Buffer;
    }
  /** `block` is a compressed header block. */
  | {
      readonly type: 'synStream' | 'synReply' | 'headers';
      readonly streamID: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | { readonly type: 'rstStream'; readonly streamID: number; readonly status: number }
  | { readonly type: 'settings'; readonly initialWindow: number | undefined }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamID: number; readonly status: number }
  | { readonly type: 'windowUpdate'; readonly streamID: number; readonly delta: number };

/** The bytes are no SPDY/3.1, or exceed what is taken of it. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Takes frames out of a stream of bytes, however it is cut. */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  /** Of a control frame whose payload is being collected. */
  #control: Buffer | undefined;
  #controlFilled = 0;
  /** Of a data frame that is being handed on. */
  #dataLeft = 0;

  /** The frames that end in these bytes, and pieces of data. @throws FrameError. */
  *read(bytes: Buffer): Generator<Frame> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#dataLeft > 0) {
        const data = rest.subarray(0, this.#dataLeft);
        rest = rest.subarray(data.length);
        this.#dataLeft -= data.length;
        yield this.#dataFrame(data);
        continue;
      }
      if (this.#control !== undefined) {
        const taken = rest.copy(this.#control, this.#controlFilled);
        rest = rest.subarray(taken);
        this.#controlFilled += taken;
        if (this.#controlFilled === this.#control.length) yield* this.#endControl(this.#control);
        continue;
      }
      const taken = rest.copy(this.#header, this.#headerFilled);
      rest = rest.subarray(taken);
      this.#headerFilled += taken;
      if (this.#headerFilled === HEADER_BYTES) yield* this.#startFrame();
    }
  }

  *#startFrame(): Generator<Frame> {
    this.#headerFilled = 0;
    const length = this.#header.readUInt32BE(4) & LENGTH_MASK;
    if ((this.#header[0] ?? 0) < 0x80) {
      this.#dataLeft = length;
      if (length === 0) yield this.#dataFrame(Buffer.alloc(0));
      return;
    }
    const version = this.#header.readUInt16BE(0) & 0x7fff;
    if (version !== VERSION) throw new FrameError(`SPDY version ${version}`);
    if (length > MAX_CONTROL_BYTES) throw new FrameError(`a control frame of ${length} bytes`);
    this.#control = Buffer.alloc(length);
    this.#controlFilled = 0;
    if (length === 0) yield* this.#endControl(this.#control);
  }

  #dataFrame(data: Buffer): Frame {
    const streamID = this.#header.readUInt32BE(0) & STREAM_MASK;
    const fin = this.#dataLeft === 0 && ((this.#header[4] ?? 0) & FIN) !== 0;
    return { type: 'data', streamID, fin, data };
  }

  *#endControl(payload: Buffer): Generator<Frame> {
    this.#control = undefined;
    const frame = parseControl(
      this.#header.readUInt16BE(2),
      ((this.#header[4] ?? 0) & FIN) !== 0,
      payload,
    );
    if (frame !== undefined) yield frame;
  }
}

/** Undefined for a type that is not known, which is to be ignored (2.2.1). */
function parseControl(type: number, fin: boolean, payload: Buffer): Frame | undefined {
  const number = (at: number): number => {
    if (at + 4 > payload.length)
      throw new FrameError(`a control frame of type ${type} is too short`);
    return payload.readUInt32BE(at);
  };
  const streamID = (): number => number(0) & STREAM_MASK;
  switch (type) {
    case TYPE.synStream:
      if (payload.length < 10) throw new FrameError('a SYN_STREAM is too short');
      return { type: 'synStream', streamID: streamID(), fin, block: payload.subarray(10) };
    case TYPE.synReply:
      return { type: 'synReply', streamID: streamID(), fin, block: payload.subarray(4) };
    case TYPE.headers:
      return { type: 'headers', streamID: streamID(), fin, block: payload.subarray(4) };
    case TYPE.rstStream:
      return { type: 'rstStream', streamID: streamID(), status: number(4) };
    case TYPE.ping:
      return { type: 'ping', id: number(0) };
    case TYPE.goAway:
      return { type: 'goAway', lastStreamID: streamID(), status: number(4) };
    case TYPE.windowUpdate:
      return { type: 'windowUpdate', streamID: streamID(), delta: number(4) & STREAM_MASK };
    case TYPE.settings:
      return { type: 'settings', initialWindow: initialWindow(payload, number) };
    default:
      return undefined;
  }
}

function initialWindow(payload: Buffer, number: (at: number) => number): number | undefined {
  const count = number(0);
  if (payload.length !== 4 + count * SETTING_BYTES) throw new FrameError('SETTINGS are malformed');
  for (let at = 4; at < payload.length; at += SETTING_BYTES) {
    if ((number(at) & LENGTH_MASK) === INITIAL_WINDOW_SETTING) return number(at + 4) & STREAM_MASK;
  }
  return undefined;
}

/** A data frame; at most 16 MiB fit into one. */
export function dataFrame(streamID: number, data: Uint8Array, fin: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(streamID, 0);
  header.writeUInt32BE(((fin ? FIN : 0) << 24) | data.length, 4);
  return Buffer.concat([header, data]);
}

/** @param block a compressed header block */
export function synReplyFrame(streamID: number, block: Buffer): Buffer {
  return controlFrame(TYPE.synReply, Buffer.concat([numbers(streamID), block]));
}

/** A new stream of this end; `fin` says that nothing follows. @param block a compressed header block */
export function synStreamFrame(streamID: number, block: Buffer, fin = false): Buffer {
  const priorityAndSlot = Buffer.alloc(2);
  const payload = Buffer.concat([numbers(streamID, 0), priorityAndSlot, block]);
  return controlFrame(TYPE.synStream, payload, fin);
}

export const rstStreamFrame = (streamID: number, status: number): Buffer =>
  controlFrame(TYPE.rstStream, numbers(streamID, status));

export const pingFrame = (id: number): Buffer => controlFrame(TYPE.ping, numbers(id));

export const goAwayFrame = (lastStreamID: number, status: number): Buffer =>
  controlFrame(TYPE.goAway, numbers(lastStreamID, status));

export const windowUpdateFrame = (streamID: number, delta: number): Buffer =>
  controlFrame(TYPE.windowUpdate, numbers(streamID, delta));

export const settingsFrame = (initialWindow: number): Buffer =>
  controlFrame(TYPE.settings, numbers(1, INITIAL_WINDOW_SETTING, initialWindow));

function controlFrame(type: number, payload: Buffer, fin = false): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE((CONTROL_BIT | (VERSION << 16) | type) >>> 0, 0);
  header.writeUInt32BE(((fin ? FIN : 0) << 24) | payload.length, 4);
  return Buffer.concat([header, payload]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
