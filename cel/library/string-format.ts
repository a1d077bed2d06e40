import { decodeUTF8, encodeUTF8 } from '../../apimachinery/utf8.ts';
import { Duration } from '../values/duration.ts';
import { ErrorValue } from '../values/error-value.ts';
import { formatFloat } from '../values/format-float.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { Timestamp } from '../values/timestamp.ts';
import { runtimeType, TypeValue } from '../values/type-value.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';
import { compareStrings } from '../values/equality.ts';
import { formatFixed, formatScientific } from './decimal-format.ts';
import { FormatError, parseFormat, type Clause, type ClauseKind } from './format-clauses.ts';

/** What each clause takes, in the words of its complaint. */
export const CLAUSE_COMPLAINTS: Readonly<Record<ClauseKind, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
};

const DEFAULT_PRECISION = 6;
const SPECIAL_NUMBERS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** `text.format(args)`: printf of cel-go's strings extension before version 4, in en_US. */
export function formatString(text: string, args: readonly Value[]): Value {
  try {
    let argument = 0;
    let result = '';
    for (const part of parseFormat(text, args.length)) {
      if (typeof part === 'string') result += part;
      else result += formatClause(part, args[argument++] ?? null);
    }
    return result;
  } catch (error) {
    if (error instanceof FormatError) return new ErrorValue(error.message);
    throw error;
  }
}

function formatClause(clause: Clause, value: Value): string {
  const text = formatAs(clause, value);
  if (text !== undefined) return text;
  const complaint = `${CLAUSE_COMPLAINTS[clause.kind]}, was given ${runtimeType(value).name}`;
  throw new FormatError(`error during formatting: ${complaint}`);
}

const integerOf = (value: Value): bigint | undefined => {
  if (typeof value === 'bigint') return value;
  return value instanceof Uint ? value.value : undefined;
};

function formatAs(clause: Clause, value: Value): string | undefined {
  switch (clause.kind) {
    case 's':
      return formatAny(value);
    case 'd':
      return integerOf(value)?.toString();
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : integerOf(value)?.toString(2);
    case 'o':
      return integerOf(value)?.toString(8);
    case 'x': {
      const hex = formatHex(value);
      return clause.upperCase ? hex?.toUpperCase() : hex;
    }
    case 'f':
    case 'e': {
      const number = typeof value === 'string' ? SPECIAL_NUMBERS.get(value) : value;
      if (typeof number !== 'number') return undefined;
      const precision = clause.precision ?? DEFAULT_PRECISION;
      // The printer upstream keeps the precision in a byte.
      return clause.kind === 'f'
        ? formatFixed(number, precision % 256, true)
        : formatScientific(number, precision);
    }
  }
}

function formatHex(value: Value): string | undefined {
  const bytes = typeof value === 'string' ? encodeUTF8(value) : value;
  if (!(bytes instanceof Uint8Array)) return integerOf(value)?.toString(16);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function formatAny(value: Value): string | undefined {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return formatFloat(value, 6);
    default:
      break;
  }
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return decodeUTF8(value) ?? '';
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  if (value instanceof ListValue) return `[${value.toArray().map(formatNested).join(', ')}]`;
  return value instanceof MapValue ? formatMap(value) : undefined;
}

/** Entries sorted by the text of their keys. */
function formatMap(map: MapValue): string {
  const entries = Array.from(map.keys(), (key): readonly [string, string] => {
    const isKey =
      typeof key === 'boolean' || typeof key === 'string' || integerOf(key) !== undefined;
    if (!isKey) {
      throw new FormatError(
        `error during formatting: no formatting function for map key of type ${runtimeType(key).name}`,
      );
    }
    return [formatNested(key), formatNested(map.find(key) ?? null)];
  });
  const sorted = entries.sort(([a], [b]) => compareStrings(a, b));
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}

/** A member of a list or map, the way it would be written in an expression. */
function formatNested(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? formatFixed(value, DEFAULT_PRECISION, false)
      : JSON.stringify(formatFloat(value, 6));
  }
  if (value instanceof Uint8Array) return `b${JSON.stringify(decodeUTF8(value) ?? '')}`;
  if (value instanceof Timestamp) return `timestamp(${JSON.stringify(value.toString())})`;
  if (value instanceof Duration) return `duration(${JSON.stringify(value.toString())})`;
  const text = formatAny(value);
  if (text !== undefined) return text;
  throw new FormatError(
    `error during formatting: no formatting function for ${runtimeType(value).name}`,
  );
}
