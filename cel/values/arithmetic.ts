import { Duration } from './duration.ts';
import { ErrorValue, NO_SUCH_OVERLOAD } from './error-value.ts';
import { ListValue } from './list-value.ts';
import { newTimestamp, Timestamp } from './timestamp.ts';
import { Uint } from './uint.ts';
import { CelObject, type Value } from './value.ts';

export const INT_OVERFLOW = new ErrorValue('integer overflow');
export const UINT_OVERFLOW = new ErrorValue('unsigned integer overflow');
const DURATION_OVERFLOW = new ErrorValue('duration overflow');
const TIMESTAMP_OVERFLOW = new ErrorValue('timestamp overflow');
const DIVISION_BY_ZERO = new ErrorValue('division by zero');
const MODULUS_BY_ZERO = new ErrorValue('modulus by zero');

const MAX_INT64 = 9_223_372_036_854_775_807n;
const MIN_INT64 = -MAX_INT64 - 1n;
const MAX_UINT64 = 18_446_744_073_709_551_615n;

/** The int, or the error of what no int64 holds. */
export const checkInt = (value: bigint): Value =>
  value > MAX_INT64 || value < MIN_INT64 ? INT_OVERFLOW : value;

/** The uint, or the error of what no uint64 holds. */
export const checkUint = (value: bigint): Value =>
  value > MAX_UINT64 || value < 0n ? UINT_OVERFLOW : new Uint(value);

const checkDuration = (nanoseconds: bigint): Value =>
  nanoseconds > MAX_INT64 || nanoseconds < MIN_INT64
    ? DURATION_OVERFLOW
    : new Duration(nanoseconds);

const checkTimestamp = (nanoseconds: bigint, offsetMinutes: number): Value =>
  newTimestamp(nanoseconds, offsetMinutes) ?? TIMESTAMP_OVERFLOW;

export type BinaryOperation = (a: Value, b: Value) => Value;

/** What an operation does without a left operand of a type that has it. */
const unsupported = (symbol: string, a: Value): Value =>
  // Types that know the operation refuse the operand; for others there is no such function.
  typeof a === 'boolean' || a === null || (a instanceof CelObject && !hasArithmetic(a))
    ? new ErrorValue(`no such overload: ${symbol}`)
    : NO_SUCH_OVERLOAD;

const hasArithmetic = (value: CelObject): boolean =>
  value instanceof Uint ||
  value instanceof Duration ||
  value instanceof Timestamp ||
  value instanceof ListValue;

export const add: BinaryOperation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkInt(a + b);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a instanceof ListValue) return a.concat(b);
  if (a instanceof Uint && b instanceof Uint) return checkUint(a.value + b.value);
  if (a instanceof Duration) {
    if (b instanceof Duration) return checkDuration(a.nanoseconds + b.nanoseconds);
    if (b instanceof Timestamp) {
      return checkTimestamp(a.nanoseconds + b.nanoseconds, b.offsetMinutes);
    }
  }
  if (a instanceof Timestamp && b instanceof Duration) {
    return checkTimestamp(a.nanoseconds + b.nanoseconds, a.offsetMinutes);
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  }
  return unsupported('_+_', a);
};

export const subtract: BinaryOperation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkInt(a - b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a instanceof Uint && b instanceof Uint) return checkUint(a.value - b.value);
  if (a instanceof Duration && b instanceof Duration) {
    return checkDuration(a.nanoseconds - b.nanoseconds);
  }
  if (a instanceof Timestamp) {
    if (b instanceof Timestamp) return checkDuration(a.nanoseconds - b.nanoseconds);
    if (b instanceof Duration) {
      return checkTimestamp(a.nanoseconds - b.nanoseconds, a.offsetMinutes);
    }
  }
  return unsupported('_-_', a);
};

export const multiply: BinaryOperation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkInt(a * b);
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a instanceof Uint && b instanceof Uint) return checkUint(a.value * b.value);
  return unsupported('_*_', a);
};

export const divide: BinaryOperation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    return b === 0n ? DIVISION_BY_ZERO : checkInt(a / b);
  }
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  if (a instanceof Uint && b instanceof Uint) {
    return b.value === 0n ? DIVISION_BY_ZERO : new Uint(a.value / b.value);
  }
  return unsupported('_/_', a);
};

export const modulo: BinaryOperation = (a, b) => {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return MODULUS_BY_ZERO;
    // The quotient would overflow, which Go calls an error of the remainder too.
    return a === MIN_INT64 && b === -1n ? INT_OVERFLOW : a % b;
  }
  if (a instanceof Uint && b instanceof Uint) {
    return b.value === 0n ? MODULUS_BY_ZERO : new Uint(a.value % b.value);
  }
  return unsupported('_%_', a);
};

export const negate = (value: Value): Value => {
  if (typeof value === 'bigint') return checkInt(-value);
  return typeof value === 'number' ? -value : unsupported('-_', value);
};
