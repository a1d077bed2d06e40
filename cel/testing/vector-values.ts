import { parseQuantity } from '../../apimachinery/quantity.ts';
import { formatDuration, parseDuration } from '../../apimachinery/duration.ts';
import { CIDR } from '../library/cidr.ts';
import { formatAddress } from '../library/ip-address.ts';
import { IP } from '../library/ip.ts';
import { QuantityValue } from '../library/quantities.ts';
import { SemverValue } from '../library/semvers.ts';
import { URLValue } from '../library/urls.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  optionalOf,
  parameterOf,
  STRING,
  structType,
  TIMESTAMP,
  UINT,
  type CelType,
} from '../types/cel-type.ts';
import { decodeBase64, encodeBase64 } from '../values/base64.ts';
import { Duration } from '../values/duration.ts';
import { ArrayList, ListValue } from '../values/list-value.ts';
import { EntryMap, MapValue } from '../values/map-value.ts';
import { NONE, Optional } from '../values/optional.ts';
import { parseTimestamp, Timestamp } from '../values/timestamp.ts';
import { TypeValue } from '../values/type-value.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';

/** A result as the vectors write it: `t` names the type, `v` is the value. */
export interface Tagged {
  readonly t: string;
  readonly v?: unknown;
  /** There is no value to show. */
  readonly opaque?: boolean;
}

const SCALARS: ReadonlyMap<string, CelType> = new Map([
  ['bool', BOOL],
  ['bytes', BYTES],
  ['double', DOUBLE],
  ['duration', DURATION],
  ['dyn', DYN],
  ['int', INT],
  ['string', STRING],
  ['timestamp', TIMESTAMP],
  ['uint', UINT],
]);

/** A type from its name: `map(string, list(int))`. */
export function parseTypeName(name: string): CelType {
  const scalar = SCALARS.get(name);
  if (scalar !== undefined) return scalar;
  const match = /^(list|map|optional_type)\((.*)\)$/.exec(name);
  if (match === null) return structType(name);
  const [, outer, inner = ''] = match;
  const [first = '', second = ''] = inner.split(', ');
  if (outer === 'list') return listOf(parseTypeName(inner));
  return outer === 'map'
    ? mapOf(parseTypeName(first), parseTypeName(second))
    : optionalOf(parseTypeName(inner));
}

/** The value of a variable, from the way the vectors write values of its type. */
export function toVariable(type: CelType, raw: unknown): Value {
  switch (type.kind) {
    case 'bool':
      return raw === true;
    case 'int':
      return BigInt(raw as string);
    case 'uint':
      return new Uint(BigInt(raw as string));
    case 'double':
      return Number(raw);
    case 'string':
      return String(raw);
    case 'bytes':
      return decodeBase64(String(raw)) ?? new Uint8Array();
    case 'timestamp':
      return parseTimestamp(String(raw)) ?? null;
    case 'duration':
      return new Duration(parseDuration(String(raw)));
    case 'list':
      return new ArrayList(
        (raw as unknown[]).map((item) => toVariable(parameterOf(type, 0), item)),
      );
    case 'map': {
      const entries = Object.entries(raw as object).map(
        ([key, value]) =>
          [toVariable(parameterOf(type, 0), key), toVariable(parameterOf(type, 1), value)] as const,
      );
      return new EntryMap(entries);
    }
    case 'opaque':
      return raw === null ? NONE : new Optional(toVariable(parameterOf(type, 0), raw));
    case 'struct':
      return new QuantityValue(parseQuantity(String(raw)));
    default:
      // Untyped JSON is adapted by the package itself.
      return raw as Value;
  }
}

const formatDouble = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  // Go's shortest form with its thresholds for exponents.
  if (power >= -4 && power < 21 && String(value).length < 22 && Math.abs(value) < 1e7) {
    return String(value);
  }
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
};

/** A value as the vectors write results. */
export function tagValue(value: Value): Tagged {
  if (value === null) return { t: 'null' };
  switch (typeof value) {
    case 'boolean':
      return { t: 'bool', v: value };
    case 'bigint':
      return { t: 'int', v: String(value) };
    case 'number':
      return { t: 'double', v: formatDouble(value) };
    case 'string':
      return { t: 'string', v: value };
    default:
      break;
  }
  if (value instanceof Uint8Array) return { t: 'bytes', v: encodeBase64(value) };
  if (value instanceof Uint) return { t: 'uint', v: String(value.value) };
  if (value instanceof Timestamp) {
    return { t: 'timestamp', v: new Timestamp(value.nanoseconds).toString() };
  }
  if (value instanceof Duration) return { t: 'duration', v: formatDuration(value.nanoseconds) };
  if (value instanceof ListValue) return { t: 'list', v: value.toArray().map(tagValue) };
  if (value instanceof MapValue) {
    const entries = Array.from(value.keys(), (key) => [
      tagValue(key),
      tagValue(value.find(key) ?? null),
    ]);
    return { t: 'map', v: entries };
  }
  if (value instanceof Optional) {
    return value.value === undefined
      ? { t: 'optional' }
      : { t: 'optional', v: tagValue(value.value) };
  }
  if (value instanceof TypeValue) return { t: 'type', v: value.name };
  if (value instanceof QuantityValue) return { t: 'quantity', v: value.quantity.toString() };
  if (value instanceof IP) return { t: 'ip', v: formatAddress(value.address) };
  if (value instanceof CIDR) return { t: 'cidr', v: value.toString() };
  if (value instanceof URLValue) return { t: 'url', v: value.toString() };
  if (value instanceof SemverValue) return { t: 'semver', v: value.toString() };
  return { t: value.type.name, opaque: true };
}
