import { parseQuantity, Quantity } from '../../apimachinery/quantity.ts';
import { BOOL, DOUBLE, INT, STRING, structType, type CelType } from '../types/cel-type.ts';
import { ErrorValue, isError, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asInt, asString, instanceOf } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';

export const QUANTITY_TYPE = structType('kubernetes.Quantity');

const NANO = 1_000_000_000n;
const MAX_INT64 = 9_223_372_036_854_775_807n;

export class QuantityValue extends CelObject {
  readonly type: CelType = QUANTITY_TYPE;
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  override equals(other: Value): Value {
    if (!(other instanceof QuantityValue)) return NO_SUCH_OVERLOAD;
    return this.quantity.compare(other.quantity) === 0;
  }
}

function toQuantity(text: string): QuantityValue | ErrorValue {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    return new ErrorValue(error instanceof Error ? error.message : String(error));
  }
}

const quantityOf = (value: Value | undefined): Quantity =>
  instanceOf(QuantityValue, value).quantity;

/** The whole number that a quantity is, where an int64 holds it. */
function toInteger({ nano }: Quantity): bigint | undefined {
  const value = nano / NANO;
  const isExact = value * NANO === nano && value <= MAX_INT64 && value >= -MAX_INT64 - 1n;
  return isExact ? value : undefined;
}

const ofInt = (value: Value | undefined): Quantity =>
  new Quantity(asInt(value) * NANO, 'DecimalSI');

const comparison = (name: string, id: string, holds: (order: number) => boolean) =>
  declare(
    name,
    memberOverload(id, [QUANTITY_TYPE, QUANTITY_TYPE], BOOL, ([a, b]) =>
      holds(quantityOf(a).compare(quantityOf(b))),
    ),
  );

const arithmetic = (name: string, compute: (a: Quantity, b: Quantity) => Quantity) =>
  declare(
    name,
    memberOverload(
      `quantity_${name}`,
      [QUANTITY_TYPE, QUANTITY_TYPE],
      QUANTITY_TYPE,
      ([a, b]) => new QuantityValue(compute(quantityOf(a), quantityOf(b))),
    ),
    memberOverload(
      `quantity_${name}_int`,
      [QUANTITY_TYPE, INT],
      QUANTITY_TYPE,
      ([a, b]) => new QuantityValue(compute(quantityOf(a), ofInt(b))),
    ),
  );

/** Quantities (apiserver pkg/cel/library/quantity.go); `sign` is no method there. */
export const QUANTITIES: readonly FunctionDeclaration[] = [
  declare(
    'quantity',
    globalOverload('string_to_quantity', [STRING], QUANTITY_TYPE, ([text]) =>
      toQuantity(asString(text)),
    ),
  ),
  declare(
    'isQuantity',
    globalOverload(
      'is_quantity_string',
      [STRING],
      BOOL,
      ([text]) => !isError(toQuantity(asString(text))),
    ),
  ),
  declare(
    'sign',
    globalOverload('quantity_sign', [QUANTITY_TYPE], INT, ([quantity]) =>
      BigInt(quantityOf(quantity).compare(new Quantity(0n, 'DecimalSI'))),
    ),
  ),
  comparison('isGreaterThan', 'quantity_is_greater_than', (order) => order === 1),
  comparison('isLessThan', 'quantity_is_less_than', (order) => order === -1),
  declare(
    'compareTo',
    memberOverload('quantity_compare_to', [QUANTITY_TYPE, QUANTITY_TYPE], INT, ([a, b]) =>
      BigInt(quantityOf(a).compare(quantityOf(b))),
    ),
  ),
  declare(
    'asApproximateFloat',
    memberOverload('quantity_get_float', [QUANTITY_TYPE], DOUBLE, ([quantity]) =>
      quantityOf(quantity).toNumber(),
    ),
  ),
  declare(
    'asInteger',
    memberOverload('quantity_get_int', [QUANTITY_TYPE], INT, ([quantity]) => {
      const value = toInteger(quantityOf(quantity));
      return value ?? new ErrorValue('cannot convert value to integer');
    }),
  ),
  declare(
    'isInteger',
    memberOverload(
      'quantity_is_integer',
      [QUANTITY_TYPE],
      BOOL,
      ([quantity]) => toInteger(quantityOf(quantity)) !== undefined,
    ),
  ),
  arithmetic('add', (a, b) => a.add(b)),
  arithmetic('sub', (a, b) => a.subtract(b)),
];
