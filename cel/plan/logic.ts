import { equalityCost } from '../cost/call-cost.ts';
import { equal } from '../values/equality.ts';
import { isError, noSuchOverload } from '../values/error-value.ts';
import type { ListValue } from '../values/list-value.ts';
import { EntryMap } from '../values/map-value.ts';
import { Optional } from '../values/optional.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate } from './frame.ts';

/** `&&` and `||`: the deciding value wins over errors, whichever comes first. */
export function shortCircuit(terms: readonly Evaluate[], deciding: boolean): Evaluate {
  return (frame) => {
    let error: Value | undefined;
    for (const term of terms) {
      const value = term(frame);
      if (value === deciding) return deciding;
      if (typeof value !== 'boolean') error ??= noSuchOverload(value);
    }
    return error ?? !deciding;
  };
}

/** `==` and `!=`. */
export function equality(left: Evaluate, right: Evaluate, negated: boolean): Evaluate {
  return (frame) => {
    const a = left(frame);
    if (isError(a)) return a;
    const b = right(frame);
    if (isError(b)) {
      frame.charge(equalityCost(a, b));
      return b;
    }
    const same = equal(a, b);
    frame.charge(equalityCost(a, b));
    // What cannot be compared is not equal, and that is no error of `!=`.
    return negated ? same !== true : same;
  };
}

/** `or` and `orValue`: the second operand is evaluated only where the first has no value. Both are free. */
export function alternative(first: Evaluate, second: Evaluate, unwraps: boolean): Evaluate {
  return (frame) => {
    const value = first(frame);
    if (!(value instanceof Optional)) return noSuchOverload(value);
    if (value.value === undefined) return second(frame);
    return unwraps ? value.value : value;
  };
}

/** Values that upstream can put into a set. */
export const isHashable = (value: Value): boolean =>
  ['boolean', 'bigint', 'number', 'string'].includes(typeof value);

/** Membership in a list of constants is free, as upstream makes a set of it. */
export function constantMembership(element: Evaluate, list: ListValue): Evaluate {
  const set = new EntryMap(list.toArray().map((value) => [value, true] as const));
  return (frame) => {
    const value = element(frame);
    return isError(value) ? value : set.find(value) !== undefined;
  };
}
