import {
  add,
  divide,
  modulo,
  multiply,
  negate,
  subtract,
  type BinaryOperation,
} from '../values/arithmetic.ts';
import { compare } from '../values/equality.ts';
import { ErrorValue, noSuchOverload } from '../values/error-value.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import type { Value } from '../values/value.ts';

/** `holds` is asked with the order of two values; NaN has none, and nothing holds of it. */
const relation =
  (holds: (order: number) => boolean): BinaryOperation =>
  (a, b) => {
    const order = compare(a, b);
    if (order instanceof ErrorValue) return order;
    return order !== undefined && holds(order);
  };

const less = relation((order) => order < 0);
const lessEquals = relation((order) => order <= 0);
const greater = relation((order) => order > 0);
const greaterEquals = relation((order) => order >= 0);

const contains: BinaryOperation = (element, container) => {
  if (container instanceof ListValue) return container.contains(element);
  if (container instanceof MapValue) return container.find(element) !== undefined;
  return noSuchOverload(container);
};

const not = (value: Value): Value => (typeof value === 'boolean' ? !value : noSuchOverload(value));

/** Operators that the planner calls directly. No operand is an error. */
export const BINARY_OPERATIONS: ReadonlyMap<string, BinaryOperation> = new Map([
  ['_+_', add],
  ['_-_', subtract],
  ['_*_', multiply],
  ['_/_', divide],
  ['_%_', modulo],
  ['_<_', less],
  ['_<=_', lessEquals],
  ['_>_', greater],
  ['_>=_', greaterEquals],
  ['@in', contains],
]);

export const UNARY_OPERATIONS: ReadonlyMap<string, (value: Value) => Value> = new Map([
  ['!_', not],
  ['-_', negate],
]);
