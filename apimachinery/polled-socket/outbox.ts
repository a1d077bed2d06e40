import { encodedLength, encodeParts, partsOf } from './parts.ts';
import type { MessageKind, Part } from './parts.ts';

/** What a part takes of the bound beside its bytes: many small ones must not be free. */
const PART_OVERHEAD_BYTES = 64;

/** Some parts in a body. */
export interface Batch {
  /** The number of the first part. */
  readonly first: number;
  /** That of the last; below the first one for none. */
  readonly last: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Messages on their way: numbered parts, each kept until the other end has acknowledged it. */
export class Outbox {
  readonly #maxBytes: number;
  #parts: Part[] = [];
  #first = 1;
  #size = 0;

  /** @param maxBytes what may wait. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** The number of the oldest part that is not acknowledged, or of the next one. */
  get first(): number {
    return this.#first;
  }

  /** False when there is no room. */
  push(kind: Exclude<MessageKind, 'close'>, bytes: Uint8Array): boolean {
    const parts = partsOf(kind, bytes);
    const size = parts.reduce((sum, part) => sum + sizeOf(part), 0);
    if (this.#size + size > this.#maxBytes) return false;
    this.#append(parts, size);
    return true;
  }

  /** Closes after what waits; nothing may come after it. */
  close(code: number, reason: Uint8Array): void {
    const bytes = new Uint8Array(2 + reason.byteLength);
    new DataView(bytes.buffer).setUint16(0, code);
    bytes.set(reason, 2);
    const parts = partsOf('close', bytes);
    this.#append(
      parts,
      parts.reduce((sum, part) => sum + sizeOf(part), 0),
    );
  }

  /** Gives up what waits, for a `close` to come next. */
  drop(): void {
    this.#first += this.#parts.length;
    this.#parts = [];
    this.#size = 0;
  }

  /** The parts that go next, from the oldest that is not acknowledged. */
  batch(maxBytes: number): Batch {
    let size = 0;
    let count = 0;
    for (const part of this.#parts) {
      size += encodedLength(part);
      if (count > 0 && size > maxBytes) break;
      count += 1;
    }
    const body = encodeParts(this.#parts.slice(0, count));
    return { first: this.#first, last: this.#first + count - 1, body };
  }

  /** The other end has all up to this number. False when no such part was ever sent. */
  acknowledge(upTo: number): boolean {
    const count = upTo - this.#first + 1;
    if (count > this.#parts.length) return false;
    if (count <= 0) return true;
    for (const part of this.#parts.splice(0, count)) this.#size -= sizeOf(part);
    this.#first += count;
    return true;
  }

  #append(parts: readonly Part[], size: number): void {
    this.#parts.push(...parts);
    this.#size += size;
  }
}

const sizeOf = (part: Part): number => part.bytes.byteLength + PART_OVERHEAD_BYTES;
