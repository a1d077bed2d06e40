import { StructLiteral } from './struct-literal.ts';
import { encodeBase64 } from './base64.ts';
import { Duration } from './duration.ts';
import { formatValue } from './format-value.ts';
import { JSONMap, JSONStruct } from './json-values.ts';
import { ListValue } from './list-value.ts';
import { MapValue } from './map-value.ts';
import { Optional } from './optional.ts';
import { Timestamp } from './timestamp.ts';
import { runtimeType } from './type-value.ts';
import { Uint } from './uint.ts';
import type { Value } from './value.ts';

/** A value that JSON has no form for: a type, a Quantity, an authorizer. */
export class NoJSONError extends Error {
  constructor(value: Value) {
    super(`type conversion error from '${runtimeType(value).name}' to 'JSON'`);
    this.name = 'NoJSONError';
  }
}

/**
 * A value as JSON: bytes in base64, timestamps and durations as text, keys of maps as text, a missing
 * optional as null. Integers beyond 2^53 stay bigints, as a number could not hold them.
 * Throws a NoJSONError for what has no such form.
 */
export function toJSON(value: Value): unknown {
  if (value === null) return null;
  switch (typeof value) {
    case 'bigint':
      return integerToJSON(value);
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    default:
      break;
  }
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value instanceof Uint) return integerToJSON(value.value);
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  if (value instanceof ListValue) return value.toArray().map(toJSON);
  if (value instanceof Optional) return value.value === undefined ? null : toJSON(value.value);
  if (value instanceof JSONMap || value instanceof JSONStruct) return value.raw;
  if (value instanceof StructLiteral) {
    return Object.fromEntries(
      Array.from(value.jsonEntries(), ([name, field]) => [name, toJSON(field)]),
    );
  }
  if (value instanceof MapValue) {
    return Object.fromEntries(
      Array.from(value.keys(), (key) => [formatValue(key), toJSON(value.find(key) ?? null)]),
    );
  }
  throw new NoJSONError(value);
}

const integerToJSON = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};
