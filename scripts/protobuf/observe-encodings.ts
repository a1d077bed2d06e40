import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { findKind } from '../../worker/registry/protobuf/kinds.ts';
import { schemaName } from './schema-name.ts';

/** Message → field → number and type, as in `.proto` files. */
export type ProtoMessages = Readonly<
  Record<string, Readonly<Record<string, readonly [number, string]>>>
>;

interface Case {
  readonly op: string;
  readonly in: { readonly bytes?: string };
  readonly out?: { readonly bytes?: string; readonly frame?: string };
}

interface WireField {
  readonly number: number;
  readonly bytes: Uint8Array;
}

const ENVELOPE_PREFIX_BYTES = 4;

/**
 * Reads encodings made by Go and tells of a field whether any message left it out (`optional`), or
 * all messages had it (`always`); undefined where no message was seen.
 */
export function observeEncodings(
  messages: ProtoMessages,
  jsonLines: string,
): (message: string, field: string) => 'always' | 'optional' | undefined {
  const left = new Map<string, boolean>();
  const bySchema = new Map(Object.keys(messages).map((m) => [schemaName(m), m]));
  for (const line of jsonLines.trimEnd().split('\n')) {
    const envelope = envelopeOf(JSON.parse(line) as Case);
    if (envelope === undefined) continue;
    const { apiVersion, kind, raw } = open(envelope);
    const message = bySchema.get(findKind(apiVersion, kind) ?? '');
    if (message !== undefined) observe(message, raw, messages, left);
  }
  return (message, field) => {
    const isLeftOut = left.get(`${message} ${field}`);
    return isLeftOut === undefined ? undefined : isLeftOut ? 'optional' : 'always';
  };
}

/** The `k8s\0…` bytes of a case, whatever was called. */
function envelopeOf(c: Case): Uint8Array | undefined {
  if (c.op === 'protoWatch' && c.out?.frame !== undefined) {
    const event = fieldsOf(Buffer.from(c.out.frame, 'base64').subarray(4));
    return fieldsOf(bytesOf(event, 2)).find((f) => f.number === 1)?.bytes;
  }
  const text =
    c.op === 'protoPair' || c.op === 'protoOneWay' ? (c.in.bytes ?? c.out?.bytes) : undefined;
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

function open(envelope: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const fields = fieldsOf(envelope.subarray(ENVELOPE_PREFIX_BYTES));
  const type = fieldsOf(bytesOf(fields, 1));
  const text = (number: number) => Buffer.from(bytesOf(type, number)).toString('utf8');
  return { apiVersion: text(1), kind: text(2), raw: bytesOf(fields, 2) };
}

const bytesOf = (fields: readonly WireField[], number: number): Uint8Array =>
  fields.find((f) => f.number === number)?.bytes ?? new Uint8Array();

function fieldsOf(bytes: Uint8Array): WireField[] {
  const reader = new BinaryReader(bytes);
  const fields: WireField[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value = type === WireType.LengthDelimited ? reader.bytes() : reader.skip(type);
    fields.push({ number, bytes: value });
  }
  return fields;
}

function observe(
  message: string,
  bytes: Uint8Array,
  messages: ProtoMessages,
  left: Map<string, boolean>,
): void {
  const fields = fieldsOf(bytes);
  for (const [field, [number, type]] of Object.entries(messages[message] ?? {})) {
    const found = fields.filter((f) => f.number === number);
    const key = `${message} ${field}`;
    left.set(key, (left.get(key) ?? false) || found.length === 0);
    const inner = /^(?:repeated )?([.A-Z].*)$/.exec(type)?.[1];
    const mapValue = /^map<string,([.A-Z].*)>$/.exec(type)?.[1];
    for (const { bytes: value } of found) {
      if (inner !== undefined) observe(resolve(inner, message), value, messages, left);
      if (mapValue === undefined) continue;
      observe(resolve(mapValue, message), bytesOf(fieldsOf(value), 2), messages, left);
    }
  }
}

/** A type's full name: with a leading dot it is full already, else it is of the same package. */
function resolve(type: string, message: string): string {
  return type.startsWith('.')
    ? type.slice(1)
    : `${message.slice(0, message.lastIndexOf('.'))}.${type}`;
}
