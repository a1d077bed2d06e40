import { base64Decode, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { MessageType, type ScalarType, type WireValue } from './message.ts';

type PlainObject = Readonly<Record<string, unknown>>;

const MAX_INT64 = 9_223_372_036_854_775_807n;

/** The bytes of an object of the type, the same as Go's encoder makes: maps are sorted by key. */
export function encodeMessage(object: PlainObject, type: MessageType): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, object, type);
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, object: PlainObject, type: MessageType): void {
  for (const field of type.fields) {
    const { number, value: valueType } = field;
    const value = field.shape === 'inline' ? object : (object[field.name] ?? undefined);
    switch (field.shape) {
      case 'inline':
      case 'single':
        if (value !== undefined || field.always) writeValue(writer, number, value, valueType);
        break;
      case 'list':
        for (const item of (value ?? []) as unknown[]) {
          writeValue(writer, number, item ?? undefined, valueType);
        }
        break;
      case 'map':
        writeEntries(writer, number, (value ?? {}) as PlainObject, valueType);
        break;
    }
  }
}

function writeEntries(
  writer: BinaryWriter,
  number: number,
  map: PlainObject,
  type: WireValue,
): void {
  for (const key of Object.keys(map).sort()) {
    writer.tag(number, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writeValue(writer, 2, map[key] ?? undefined, type);
    writer.join();
  }
}

/** Tag and value; undefined is the type's zero. */
function writeValue(writer: BinaryWriter, number: number, value: unknown, type: WireValue): void {
  if (typeof type === 'string') {
    writeScalar(writer, number, value, type);
    return;
  }
  writer.tag(number, WireType.LengthDelimited).fork();
  if (type instanceof MessageType) writeMessage(writer, (value ?? {}) as PlainObject, type);
  else writeMessage(writer, type.toParts(value), type.message);
  writer.join();
}

function writeScalar(writer: BinaryWriter, number: number, value: unknown, type: ScalarType): void {
  switch (type) {
    case 'string':
      writer.tag(number, WireType.LengthDelimited).string(textOf(value));
      return;
    case 'bytes':
      writer.tag(number, WireType.LengthDelimited).bytes(base64Decode(textOf(value)));
      return;
    case 'int32':
      writer.tag(number, WireType.Varint).int32(Number(value ?? 0));
      return;
    case 'int64':
      writer.tag(number, WireType.Varint).int64(exactInt64(Number(value ?? 0)));
      return;
    case 'boolean':
      writer.tag(number, WireType.Varint).bool(value === true);
      return;
    case 'double':
      writer.tag(number, WireType.Bit64).double(Number(value ?? 0));
      return;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Numbers that JSON rounded up to 2^63 stay below it. */
function exactInt64(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value;
  const whole = BigInt(Math.trunc(value));
  return whole > MAX_INT64 ? MAX_INT64 : whole;
}
