import type { KubernetesObject, ListMeta } from '../../../apimachinery/meta.ts';
import { encodeMessage } from './encode-message.ts';
import { ENVELOPE_TAIL, envelopeHead } from './envelope.ts';
import { findKind } from './kinds.ts';
import { MessageType } from './message.ts';
import { lookupMessage } from './message-types.ts';

/**
 * Encodes a list a few objects at a time, so that only bytes are kept. The result is what
 * encodeProtobuf makes of the whole list; it cannot be sent before it is complete, as its length
 * stands in front.
 */
export class ListEncoder {
  readonly #apiVersion: string;
  readonly #kind: string;
  readonly #items: MessageType;
  readonly #pieces: Uint8Array[];
  #size: number;

  /** Throws an Error when the kind, a list's, does not exist in protobuf. */
  constructor(apiVersion: string, kind: string, metadata: ListMeta) {
    const type = lookupMessage(findKind(apiVersion, kind) ?? kind);
    const head = encodeMessage({ metadata }, type);
    this.#apiVersion = apiVersion;
    this.#kind = kind;
    this.#items = new MessageType(type.name, () => type.fields.filter((f) => f.name === 'items'));
    this.#pieces = [head];
    this.#size = head.length;
  }

  /** Bytes so far, without the envelope. */
  get size(): number {
    return this.#size;
  }

  add(objects: readonly Pick<KubernetesObject, 'metadata'>[]): void {
    const piece = encodeMessage({ items: objects }, this.#items);
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The pieces of the list in its envelope, in order. */
  finish(): Uint8Array[] {
    return [envelopeHead(this.#apiVersion, this.#kind, this.#size), ...this.#pieces, ENVELOPE_TAIL];
  }
}
