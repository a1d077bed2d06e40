import { Duration } from '../values/duration.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { Optional } from '../values/optional.ts';
import { Timestamp } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';

/*
 * Overloads are chosen by the runtime types of the arguments, so these narrow what is known to hold;
 * that they throw for anything else shows a wrong declaration.
 */

const misdeclared = (expected: string): Error => new Error(`argument is not of type ${expected}`);

export function asString(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw misdeclared('string');
}

export function asInt(value: Value | undefined): bigint {
  if (typeof value === 'bigint') return value;
  throw misdeclared('int');
}

export function asBytes(value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw misdeclared('bytes');
}

export const asList = (value: Value | undefined): ListValue => instanceOf(ListValue, value);
export const asMap = (value: Value | undefined): MapValue => instanceOf(MapValue, value);
export const asOptional = (value: Value | undefined): Optional => instanceOf(Optional, value);
export const asTimestamp = (value: Value | undefined): Timestamp => instanceOf(Timestamp, value);
export const asDuration = (value: Value | undefined): Duration => instanceOf(Duration, value);

/** The value as an object of a class of this package. */
export function instanceOf<T>(
  constructor: (abstract new (...args: never[]) => T) & { readonly name: string },
  value: Value | undefined,
): T {
  if (value instanceof constructor) return value;
  throw misdeclared(constructor.name);
}
