import { NO_SUCH_OVERLOAD } from './error-value.ts';
import { Uint } from './uint.ts';
import { CelObject, type Value } from './value.ts';

/**
 * `a == b`: true or false, or an ErrorValue where the types cannot be compared at all (a Quantity and
 * a number). Numbers of different types are equal when they are the same number.
 */
export function equal(a: Value, b: Value): Value {
  if (a === null || b === null) return a === b;
  switch (typeof a) {
    case 'boolean':
    case 'string':
      return a === b;
    case 'bigint':
      if (typeof b === 'bigint') return a === b;
      // The double decides: 2^53 + 1 equals 2^53 as a double.
      if (typeof b === 'number') return Number(a) === b;
      return b instanceof Uint && a === b.value;
    case 'number':
      if (typeof b === 'number') return a === b;
      if (typeof b === 'bigint') return a === Number(b);
      return b instanceof Uint && a === Number(b.value);
    default:
      break;
  }
  if (a instanceof CelObject) return a.equals(b);
  return b instanceof Uint8Array && compareBytes(a, b) === 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** By code points, which is the order of the UTF-8 bytes; UTF-16 differs beyond the surrogates. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isSurrogateX = x >= 0xd800 && x <= 0xdfff;
    const isSurrogateY = y >= 0xd800 && y <= 0xdfff;
    if (isSurrogateX !== isSurrogateY) return isSurrogateX ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

const order = (a: bigint | number, b: bigint | number): number | undefined => {
  // Of an integer and a double the double decides, so both are compared as doubles.
  const x = typeof b === 'number' ? Number(a) : a;
  const y = typeof a === 'number' ? Number(b) : b;
  if (x < y) return -1;
  if (x > y) return 1;
  return x === y ? 0 : undefined;
};

const numeric = (value: Value): bigint | number | undefined => {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
};

/**
 * -1, 0 or 1; undefined for NaN, which is in no order; an ErrorValue where the two have none.
 */
export function compare(a: Value, b: Value): number | undefined | typeof NO_SUCH_OVERLOAD {
  const x = numeric(a);
  if (x !== undefined) {
    const y = numeric(b);
    return y === undefined ? NO_SUCH_OVERLOAD : order(x, y);
  }
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (a instanceof CelObject && b instanceof CelObject && a.type === b.type) {
    const left = nanosecondsOf(a);
    const right = nanosecondsOf(b);
    if (left !== undefined && right !== undefined) return order(left, right);
  }
  return NO_SUCH_OVERLOAD;
}

/** Timestamps and durations, told apart from the rest by what they are made of. */
function nanosecondsOf(value: CelObject): bigint | undefined {
  if (!('nanoseconds' in value)) return undefined;
  return typeof value.nanoseconds === 'bigint' ? value.nanoseconds : undefined;
}
