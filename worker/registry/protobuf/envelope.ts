import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { decodeMessage, translateErrors } from './decode-message.ts';
import { type MessageField, MessageType } from './message.ts';

/**
 * How an object of whatever kind goes over the wire: `k8s\0`, then a runtime.Unknown, which says
 * the kind and holds the kind's own message.
 *
 *     6b 38 73 00 │ 1: {1: apiVersion, 2: kind} │ 2: message │ 3: encoding │ 4: content type
 */
export interface Envelope {
  /** '' when it is not said, as `kind`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly message: Uint8Array;
}

const PREFIX = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
const TYPE_META_FIELD = 1;
const MESSAGE_FIELD = 2;
/** What stands behind every message: `contentEncoding` and `contentType`, empty. */
export const ENVELOPE_TAIL: Uint8Array = Uint8Array.of(0x1a, 0x00, 0x22, 0x00);

const text = (number: number, name: string): MessageField => ({
  number,
  name,
  value: 'string',
  shape: 'single',
  always: false,
  shownWhenZero: false,
});
const TYPE_META = new MessageType('TypeMeta', () => [text(1, 'apiVersion'), text(2, 'kind')]);

/** Takes an envelope apart. Throws an Error with upstream's text. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new Error('empty data');
  if (bytes.length <= PREFIX.length || PREFIX.some((byte, i) => bytes[i] !== byte)) {
    throw new Error(
      `provided data does not appear to be a protobuf message, expected prefix [${PREFIX.join(' ')}]`,
    );
  }
  const reader = new BinaryReader(bytes.subarray(PREFIX.length));
  const parts = new Map<number, Uint8Array>();
  translateErrors(() => {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) parts.set(number, reader.bytes());
      else reader.skip(wireType, number);
    }
  });
  const type = decodeMessage(parts.get(TYPE_META_FIELD) ?? new Uint8Array(), TYPE_META);
  const { apiVersion = '', kind = '' } = type as { apiVersion?: string; kind?: string };
  return { apiVersion, kind, message: parts.get(MESSAGE_FIELD) ?? new Uint8Array() };
}

/** The inverse of {@link readEnvelope}. */
export function writeEnvelope({ apiVersion, kind, message }: Envelope): Uint8Array {
  return new BinaryWriter()
    .raw(envelopeHead(apiVersion, kind, message.length))
    .raw(message)
    .raw(ENVELOPE_TAIL)
    .finish();
}

/** What stands before a message, for one whose length is known but whose bytes come later. */
export function envelopeHead(apiVersion: string, kind: string, messageLength: number): Uint8Array {
  return new BinaryWriter()
    .raw(PREFIX)
    .tag(TYPE_META_FIELD, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(apiVersion)
    .tag(2, WireType.LengthDelimited)
    .string(kind)
    .join()
    .tag(MESSAGE_FIELD, WireType.LengthDelimited)
    .uint32(messageLength)
    .finish();
}
