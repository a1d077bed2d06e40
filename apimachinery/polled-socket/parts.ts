/** What a message is. Of a `close` the bytes are its code (two of them) and its reason. */
export const KINDS = ['text', 'binary', 'close'] as const;
export type MessageKind = (typeof KINDS)[number];

/** A message, or a piece of one: those that another piece follows say `more`. */
export interface Part {
  readonly kind: MessageKind;
  readonly more: boolean;
  readonly bytes: Uint8Array;
}

/** Longer messages are sent in several parts. Bytes. */
export const MAX_PART_BYTES = 128 * 1024;
/** Before the bytes of each part: its kind, with a bit for `more`, and its length (big endian). */
const HEAD_BYTES = 5;
const MORE = 0x80;

/** What a part takes up in a batch. */
export const encodedLength = (part: Part): number => HEAD_BYTES + part.bytes.byteLength;

/** Takes a message apart. */
export function partsOf(kind: MessageKind, bytes: Uint8Array): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from === 0 || from < bytes.byteLength; from += MAX_PART_BYTES) {
    const to = from + MAX_PART_BYTES;
    parts.push({ kind, more: to < bytes.byteLength, bytes: bytes.subarray(from, to) });
  }
  return parts;
}

/** The body that carries parts. */
export function encodeParts(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(parts.reduce((sum, part) => sum + encodedLength(part), 0));
  const view = new DataView(body.buffer);
  let at = 0;
  for (const { kind, more, bytes } of parts) {
    body[at] = KINDS.indexOf(kind) + (more ? MORE : 0);
    view.setUint32(at + 1, bytes.byteLength);
    body.set(bytes, at + HEAD_BYTES);
    at += HEAD_BYTES + bytes.byteLength;
  }
  return body;
}

/** The parts in a body, which they share the bytes of. @throws Error when it is not made of parts. */
export function decodeParts(body: Uint8Array): Part[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const parts: Part[] = [];
  for (let at = 0; at < body.byteLength;) {
    if (at + HEAD_BYTES > body.byteLength) throw new Error('a part is cut off');
    const head = view.getUint8(at);
    const kind = KINDS[head & ~MORE];
    const length = view.getUint32(at + 1);
    const end = at + HEAD_BYTES + length;
    if (kind === undefined) throw new Error(`a part of the kind ${head}`);
    if (length > MAX_PART_BYTES) throw new Error(`a part of ${length} bytes`);
    if (end > body.byteLength) throw new Error('a part is cut off');
    parts.push({
      kind,
      more: (head & MORE) !== 0,
      bytes: body.subarray(at + HEAD_BYTES, end),
    });
    at = end;
  }
  return parts;
}
