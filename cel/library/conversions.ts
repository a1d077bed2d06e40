import { parseDuration } from '../../apimachinery/duration.ts';
import { decodeUTF8, encodeUTF8 } from '../../apimachinery/utf8.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  typeOf,
  typeParam,
  UINT,
  type CelType,
} from '../types/cel-type.ts';
import { checkInt, checkUint, INT_OVERFLOW, UINT_OVERFLOW } from '../values/arithmetic.ts';
import { Duration } from '../values/duration.ts';
import { ErrorValue } from '../values/error-value.ts';
import { formatFloat } from '../values/format-float.ts';
import { newTimestamp, parseTimestamp } from '../values/timestamp.ts';
import { runtimeType, TypeValue } from '../values/type-value.ts';
import { Uint } from '../values/uint.ts';
import type { Value } from '../values/value.ts';
import { asBytes, asDuration, asInt, asString, asTimestamp } from './arguments.ts';
import {
  declare,
  globalOverload,
  type FunctionDeclaration,
  type Implementation,
} from './declaration.ts';

const A = typeParam('A');
const MAX_INT64 = 9_223_372_036_854_775_807n;
const NANO = 1_000_000_000n;
/** What a duration may be at most, by the protobuf type that it stands for: 10,000 years. */
const MAX_DURATION_SECONDS = 315_576_000_000n;

const failure = (from: CelType, to: CelType): ErrorValue =>
  new ErrorValue(`type conversion error from '${from.name}' to '${to.name}'`);

const conversion = (
  to: CelType,
  name: string,
  ...from: readonly (readonly [id: string, type: CelType, convert: (value: Value) => Value])[]
): FunctionDeclaration =>
  declare(
    name,
    ...from.map(([id, type, convert]) => {
      const implementation: Implementation = ([value = null]) => convert(value);
      return globalOverload(id, [type], to, implementation);
    }),
  );

const same = (value: Value): Value => value;

const TRUE_TEXTS = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE_TEXTS = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function parseBool(value: Value): Value {
  const text = asString(value);
  if (TRUE_TEXTS.has(text)) return true;
  return FALSE_TEXTS.has(text) ? false : failure(STRING, BOOL);
}

function parseInt64(value: Value): Value {
  const text = asString(value);
  if (!/^[+-]?\d+$/.test(text)) return failure(STRING, INT);
  const parsed = checkInt(BigInt(text.replace(/^\+/, '')));
  return typeof parsed === 'bigint' ? parsed : failure(STRING, INT);
}

function parseUint64(value: Value): Value {
  const text = asString(value);
  if (!/^\d+$/.test(text)) return failure(STRING, UINT);
  const parsed = checkUint(BigInt(text));
  return parsed instanceof Uint ? parsed : failure(STRING, UINT);
}

function parseDouble(value: Value): Value {
  const text = asString(value);
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word !== null) {
    if (word[2]?.toLowerCase() === 'nan')
      return word[1] === '' ? Number.NaN : failure(STRING, DOUBLE);
    return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return failure(STRING, DOUBLE);
  const parsed = Number(text);
  return Number.isFinite(parsed) ? parsed : failure(STRING, DOUBLE);
}

/** Towards zero. The bounds are what a double can say: 2^63 itself is refused. */
function truncateToInt(value: Value): Value {
  const double = Number(value);
  if (!(double > -(2 ** 63) && double < 2 ** 63)) return INT_OVERFLOW;
  return BigInt(Math.trunc(double));
}

function truncateToUint(value: Value): Value {
  const double = Number(value);
  if (!(double >= 0 && double < 2 ** 64)) return UINT_OVERFLOW;
  return new Uint(BigInt(Math.trunc(double)));
}

const uintOf = (value: Value): bigint => (value instanceof Uint ? value.value : 0n);

/** The parser of the `duration()` function; also what literals are checked with at compile time. */
export function toDuration(value: Value): Value {
  if (typeof value !== 'string') return failure(runtimeType(value), DURATION);
  try {
    const nanoseconds = parseDuration(value);
    const seconds = nanoseconds / NANO;
    const isInRange = seconds <= MAX_DURATION_SECONDS && seconds >= -MAX_DURATION_SECONDS;
    return isInRange ? new Duration(nanoseconds) : failure(STRING, DURATION);
  } catch {
    // Whatever Go would say of the text, the conversion says only that it failed.
    return failure(STRING, DURATION);
  }
}

/** The parser of the `timestamp()` function; also what literals are checked with at compile time. */
export function toTimestamp(value: Value): Value {
  if (typeof value === 'bigint') {
    return newTimestamp(value * NANO) ?? new ErrorValue('timestamp overflow');
  }
  if (typeof value !== 'string') return failure(runtimeType(value), TIMESTAMP);
  return (
    parseTimestamp(value) ?? new ErrorValue(`invalid RFC 3339 timestamp ${JSON.stringify(value)}`)
  );
}

function bytesToString(value: Value): Value {
  const text = decodeUTF8(asBytes(value));
  return text ?? new ErrorValue('invalid UTF-8 in bytes, cannot convert to string');
}

const secondsOf = (value: Value): Value => {
  const { nanoseconds } = asTimestamp(value);
  const seconds = nanoseconds / NANO;
  return nanoseconds < 0n && nanoseconds % NANO !== 0n ? seconds - 1n : seconds;
};

/** Type conversions (cel-go common/stdlib). Of constants they are computed when a program is made. */
export const CONVERSIONS: readonly FunctionDeclaration[] = [
  conversion(BOOL, 'bool', ['bool_to_bool', BOOL, same], ['string_to_bool', STRING, parseBool]),
  conversion(
    BYTES,
    'bytes',
    ['bytes_to_bytes', BYTES, same],
    ['string_to_bytes', STRING, (value) => encodeUTF8(asString(value))],
  ),
  conversion(
    DOUBLE,
    'double',
    ['double_to_double', DOUBLE, same],
    ['int64_to_double', INT, Number],
    ['string_to_double', STRING, parseDouble],
    ['uint64_to_double', UINT, (value) => Number(uintOf(value))],
  ),
  conversion(
    DURATION,
    'duration',
    ['duration_to_duration', DURATION, same],
    ['string_to_duration', STRING, toDuration],
  ),
  conversion(DYN, 'dyn', ['to_dyn', A, same]),
  conversion(
    INT,
    'int',
    ['int64_to_int64', INT, same],
    ['double_to_int64', DOUBLE, truncateToInt],
    ['duration_to_int64', DURATION, (value) => asDuration(value).nanoseconds],
    ['string_to_int64', STRING, parseInt64],
    ['timestamp_to_int64', TIMESTAMP, secondsOf],
    [
      'uint64_to_int64',
      UINT,
      (value) => (uintOf(value) > MAX_INT64 ? INT_OVERFLOW : uintOf(value)),
    ],
  ),
  conversion(
    STRING,
    'string',
    ['string_to_string', STRING, same],
    ['bool_to_string', BOOL, String],
    ['bytes_to_string', BYTES, bytesToString],
    ['double_to_string', DOUBLE, (value) => formatFloat(Number(value), 6)],
    ['duration_to_string', DURATION, (value) => asDuration(value).toString()],
    ['int64_to_string', INT, (value) => String(asInt(value))],
    ['timestamp_to_string', TIMESTAMP, (value) => asTimestamp(value).toString()],
    ['uint64_to_string', UINT, (value) => String(uintOf(value))],
  ),
  conversion(
    TIMESTAMP,
    'timestamp',
    ['timestamp_to_timestamp', TIMESTAMP, same],
    ['int64_to_timestamp', INT, toTimestamp],
    ['string_to_timestamp', STRING, toTimestamp],
  ),
  declare(
    'type',
    globalOverload(
      'type',
      [A],
      typeOf(A),
      ([value = null]) => new TypeValue(runtimeType(value).name),
    ),
  ),
  conversion(
    UINT,
    'uint',
    ['uint64_to_uint64', UINT, same],
    ['double_to_uint64', DOUBLE, truncateToUint],
    ['int64_to_uint64', INT, (value) => checkUint(asInt(value))],
    ['string_to_uint64', STRING, parseUint64],
  ),
];

/** Functions whose calls on constants are constants. */
export const CONVERSION_NAMES: ReadonlySet<string> = new Set(CONVERSIONS.map(({ name }) => name));
