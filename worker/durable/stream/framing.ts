import { MESSAGE_FLAGS } from '../../../apimachinery/stream-protocol.ts';

/**
 * How the messages of a client's WebSocket and the payload of the node's socket become each other:
 * - `channels`: the first byte of each message names its channel;
 * - `bytes`: messages have no meaning, only their bytes in order;
 * - `….base64`: the same as text, for clients without binary messages;
 * - `messages`: texts and binary messages of any length, with a byte of flags before each part.
 */
export const FRAMINGS = [
  'channels',
  'channels.base64',
  'bytes',
  'bytes.base64',
  'messages',
] as const;
export type Framing = (typeof FRAMINGS)[number];

export const isFraming = (text: string | null): text is Framing =>
  FRAMINGS.some((framing) => framing === text);

/** Longer payloads are split, so that each part fits into the node's credit. Bytes. */
const MAX_PART_BYTES = 32 * 1024;
/** A message of a proxied WebSocket that is longer breaks it. Bytes. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Binary strings are made of so many bytes at a time. */
const TEXT_PORTION = 4096;
const ZERO = 0x30;
const NINE = 0x39;

/** What the node gets of a client's message, in parts. Null when the message is malformed. */
export function payloadOf(
  framing: Framing,
  message: string | ArrayBuffer | Uint8Array,
): Uint8Array[] | null {
  switch (framing) {
    case 'channels': {
      const [channel, rest] = splitOff(bytesOf(message));
      return channel === null ? [] : withPrefix(rest, () => channel);
    }
    case 'channels.base64': {
      const [digit, text] = splitOff(bytesOf(message));
      if (digit === null) return [];
      const data = fromBase64(new TextDecoder().decode(text));
      if (data === null || digit < ZERO || digit > NINE) return null;
      return withPrefix(data, () => digit - ZERO);
    }
    case 'bytes':
      return inParts(bytesOf(message), MAX_PART_BYTES);
    case 'bytes.base64': {
      const data = fromBase64(new TextDecoder().decode(bytesOf(message)));
      return data === null ? null : inParts(data, MAX_PART_BYTES);
    }
    case 'messages': {
      const binary = typeof message === 'string' ? 0 : MESSAGE_FLAGS.binary;
      return withPrefix(bytesOf(message), (isLast) => binary + (isLast ? MESSAGE_FLAGS.last : 0));
    }
  }
}

/** Makes the client's messages of the node's payload. */
export class MessageWriter {
  readonly #framing: Framing;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** Whether a part of a message is kept that the rest has to come to. */
  get isPartial(): boolean {
    return this.#size > 0;
  }

  /** Null when there is nothing to send yet. @throws Error when the node breaks the rules. */
  take(payload: Uint8Array): string | Uint8Array | null {
    switch (this.#framing) {
      case 'channels':
      case 'bytes':
        return payload;
      case 'channels.base64':
        return `${payload[0] ?? 0}${toBase64(payload.subarray(1))}`;
      case 'bytes.base64':
        return toBase64(payload);
      case 'messages':
        return this.#assemble(payload);
    }
  }

  #assemble(payload: Uint8Array): string | Uint8Array | null {
    const flags = payload[0] ?? 0;
    this.#size += payload.byteLength;
    if (this.#size > MAX_MESSAGE_BYTES) throw new Error('a message is too long');
    this.#parts.push(payload.subarray(1));
    if ((flags & MESSAGE_FLAGS.last) === 0) return null;
    const message = joined(this.#parts.splice(0));
    this.#size = 0;
    return (flags & MESSAGE_FLAGS.binary) === 0 ? new TextDecoder().decode(message) : message;
  }
}

function bytesOf(message: string | ArrayBuffer | Uint8Array): Uint8Array {
  if (typeof message === 'string') return new TextEncoder().encode(message);
  return message instanceof Uint8Array ? message : new Uint8Array(message);
}

/** An empty message says nothing. */
const splitOff = (bytes: Uint8Array): [first: number | null, rest: Uint8Array] => [
  bytes[0] ?? null,
  bytes.subarray(1),
];

/** Parts that each begin with a byte; of nothing there is one, of that byte. */
function withPrefix(data: Uint8Array, prefix: (isLast: boolean) => number): Uint8Array[] {
  const pieces = inParts(data, MAX_PART_BYTES - 1);
  if (pieces.length === 0) pieces.push(new Uint8Array());
  return pieces.map((piece, index) => {
    const part = new Uint8Array(1 + piece.byteLength);
    part.set([prefix(index === pieces.length - 1)]);
    part.set(piece, 1);
    return part;
  });
}

function inParts(data: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < data.byteLength; from += size) {
    parts.push(data.subarray(from, from + size));
  }
  return parts;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let from = 0; from < bytes.byteLength; from += TEXT_PORTION) {
    binary += String.fromCharCode(...bytes.subarray(from, from + TEXT_PORTION));
  }
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Not base64: there are no bytes to take from it.
    return null;
  }
}
