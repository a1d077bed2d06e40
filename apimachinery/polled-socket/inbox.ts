import type { MessageKind, Part } from './parts.ts';

export type Message =
  | { readonly kind: 'text' | 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: Uint8Array };

/** A close without a code of its own. */
const NO_CODE = 1005;

/** Puts messages together of numbered parts, each of which counts once however often it comes. */
export class Inbox {
  readonly #maxMessageBytes: number;
  #last = 0;
  #kind: MessageKind | undefined;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The number of the last part that has come. */
  get last(): number {
    return this.#last;
  }

  /**
   * The messages that are whole now; null when parts before the first of these never came.
   * @throws Error when a message is too long, or mixed with another.
   */
  take(first: number, parts: readonly Part[]): Message[] | null {
    if (first > this.#last + 1) return null;
    const messages: Message[] = [];
    for (const part of parts.slice(this.#last + 1 - first)) {
      this.#last += 1;
      const message = this.#add(part);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  #add({ kind, more, bytes }: Part): Message | null {
    // A close may come in the middle of a message, the rest of which was given up.
    if (kind === 'close' && this.#kind !== 'close') this.#clear();
    if (this.#kind !== undefined && this.#kind !== kind) throw new Error('messages are mixed');
    this.#size += bytes.byteLength;
    if (this.#size > this.#maxMessageBytes) throw new Error('a message is too long');
    this.#pieces.push(bytes);
    this.#kind = kind;
    if (more) return null;
    const whole = joined(this.#pieces, this.#size);
    this.#clear();
    return kind === 'close' ? closeOf(whole) : { kind, bytes: whole };
  }

  #clear(): void {
    this.#kind = undefined;
    this.#pieces = [];
    this.#size = 0;
  }
}

function closeOf(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = bytes.byteLength < 2 ? NO_CODE : view.getUint16(0);
  return { kind: 'close', code, reason: bytes.subarray(2) };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
