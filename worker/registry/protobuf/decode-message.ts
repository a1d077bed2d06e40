import { base64Encode, BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { DEPTH_MESSAGE, MAX_OBJECT_DEPTH, setOwn } from '../schema/json-node.ts';
import { type MessageField, MessageType, type WireValue } from './message.ts';

type PlainObject = Record<string, unknown>;

const WIRE_TYPES: readonly WireType[] = [
  WireType.Varint,
  WireType.Bit64,
  WireType.LengthDelimited,
  WireType.StartGroup,
  WireType.EndGroup,
  WireType.Bit32,
];
const UNEXPECTED_EOF = 'unexpected EOF';

/**
 * Messages of one object, those inside others included. An empty one is two bytes on the wire and
 * hundreds in memory once it has its type; what fits the store has far fewer.
 */
const MAX_MESSAGES = 200_000;

class MessageReader extends BinaryReader {
  messagesLeft = MAX_MESSAGES;
}

/**
 * Decodes a message into the object that JSON would have: unknown fields are skipped, and zeros
 * that stand for nothing vanish. Throws an Error with the text of upstream's decoder.
 */
export function decodeMessage(bytes: Uint8Array, type: MessageType): PlainObject {
  const reader = new MessageReader(bytes);
  return translateErrors(() => readMessage(reader, reader.len, type, {}, 0));
}

/** Runs what reads, and gives the reader's errors the words of upstream's. */
export function translateErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    // The reader tells the end of its bytes by the class of its errors.
    if (error instanceof RangeError) throw new Error(UNEXPECTED_EOF, { cause: error });
    if (error instanceof Error && error.message === 'invalid varint') {
      throw new Error('proto: integer overflow', { cause: error });
    }
    throw error;
  }
}

/** Reads up to `end`, into an object that an earlier part of the same message may have made. */
function readMessage(
  reader: MessageReader,
  end: number,
  type: MessageType,
  into: PlainObject,
  depth: number,
): PlainObject {
  if (depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
  reader.messagesLeft -= 1;
  if (reader.messagesLeft < 0) throw new Error('exceeded max message count');
  while (reader.pos < end) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    const wireType = WIRE_TYPES[tag & 7];
    if (wireType === WireType.EndGroup) {
      throw new Error(`proto: ${type.name}: wiretype end group for non-group`);
    }
    if (number === 0) throw new Error(`proto: ${type.name}: illegal tag 0 (wire type ${tag})`);
    if (wireType === undefined) throw new Error(`proto: illegal wireType ${tag & 7}`);
    const field = type.field(number);
    if (field === undefined) reader.skip(wireType, number);
    else readField(reader, field, wireType, into, depth);
    if (reader.pos > end) throw new RangeError(UNEXPECTED_EOF);
  }
  return into;
}

function readField(
  reader: MessageReader,
  field: MessageField,
  wireType: WireType,
  into: PlainObject,
  depth: number,
): void {
  const { name, value: type, shape } = field;
  if (shape === 'list' && wireType === WireType.LengthDelimited && isNumeric(type)) {
    readPacked(reader, field, into);
    return;
  }
  const expected = shape === 'map' ? WireType.LengthDelimited : wireTypeOf(type);
  if (wireType !== expected) {
    throw new Error(`proto: wrong wireType = ${wireType} for field ${goName(field)}`);
  }
  switch (shape) {
    case 'inline':
      readValue(reader, type, into, depth + 1);
      return;
    case 'single': {
      const value = readValue(reader, type, into[name], depth + 1);
      if (value === undefined || isLeftOut(value, field)) delete into[name];
      else into[name] = value;
      return;
    }
    case 'list':
      into[name] ??= [];
      (into[name] as unknown[]).push(readValue(reader, type, undefined, depth + 1) ?? null);
      return;
    case 'map':
      into[name] ??= {};
      readEntry(reader, field, into[name] as PlainObject, depth + 1);
      return;
  }
}

/** A map's entry is a message with the key as field 1 and the value as field 2, either left out. */
function readEntry(
  reader: MessageReader,
  field: MessageField,
  into: PlainObject,
  depth: number,
): void {
  const end = readEnd(reader);
  let key = '';
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) value = readValue(reader, field.value, undefined, depth);
    else reader.skip(wireType, number);
  }
  // Upstream goes back and reads again what the entry has read beyond itself: bytes made for it
  // would be read thousands of times.
  if (reader.pos > end) throw new RangeError(UNEXPECTED_EOF);
  setOwn(into, key, value ?? zeroValue(field.value, depth));
}

/** Numbers of a list may come together in one field, although Go never writes them so. */
function readPacked(reader: MessageReader, field: MessageField, into: PlainObject): void {
  const end = readEnd(reader);
  const list = (into[field.name] ??= []) as unknown[];
  while (reader.pos < end) list.push(readValue(reader, field.value, undefined, 0));
}

/** A value as JSON has it; undefined for one that JSON leaves out. */
function readValue(reader: MessageReader, type: WireValue, into: unknown, depth: number): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'boolean':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'bytes':
      return base64Encode(reader.bytes());
    default:
      break;
  }
  const end = readEnd(reader);
  if (type instanceof MessageType) {
    return readMessage(reader, end, type, (into ?? {}) as PlainObject, depth);
  }
  return type.toJSON(readMessage(reader, end, type.message, {}, depth), depth);
}

function readEnd(reader: MessageReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(UNEXPECTED_EOF);
  return end;
}

function zeroValue(type: WireValue, depth: number): unknown {
  switch (type) {
    case 'string':
    case 'bytes':
      return '';
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    case 'boolean':
      return false;
    default:
      return type instanceof MessageType ? {} : (type.toJSON({}, depth) ?? null);
  }
}

/** Whether JSON leaves a zero out: one that a pointer leads to says something, and structs do. */
function isLeftOut(value: unknown, { value: type, always, shownWhenZero }: MessageField): boolean {
  if (shownWhenZero || typeof type !== 'string') return false;
  const isZero = value === '' || value === 0 || value === false;
  return isZero && (always || type === 'bytes');
}

const isNumeric = (type: WireValue): boolean => wireTypeOf(type) !== WireType.LengthDelimited;

function wireTypeOf(type: WireValue): WireType {
  switch (type) {
    case 'int32':
    case 'int64':
    case 'boolean':
      return WireType.Varint;
    case 'double':
      return WireType.Bit64;
    default:
      return WireType.LengthDelimited;
  }
}

/** What errors call a field: embedded structs by their type, others by their capitalized name. */
function goName({ name, value }: MessageField): string {
  if (value instanceof MessageType && (name === '' || name === 'metadata')) return value.name;
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
