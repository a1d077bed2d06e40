import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity.ts';
import { repeated, validateEach } from './collections.ts';
import type { DeviceCapacity, RequestPolicy } from './device-types.ts';

const MAX_VALUES = 10;
const MAX_INT64 = 9_223_372_036_854_775_807n;
const NANO = 1_000_000_000n;
const NO_DEFAULT = 'default value is not valid according to the requestPolicy';

/** Which shares of a capacity may be asked for, where a device is shared. */
export function validateRequestPolicy(capacity: DeviceCapacity, path: string): FieldError[] {
  const { requestPolicy: policy } = capacity;
  if (policy === undefined) return [];
  const { validRange } = policy;
  const values = policy.validValues ?? [];
  if (values.length > 0 && validRange !== undefined) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(path, detail)];
  }
  const kind = values.length > 0 ? 'validValues' : 'validRange';
  if (values.length === 0 && validRange === undefined) return [];
  if (policy.default === undefined) {
    return [required(`${path}.default`, `required when ${kind} is defined`)];
  }
  const standard = parseQuantity(policy.default);
  const whole = parseQuantity(capacity.value ?? '0');
  return kind === 'validValues'
    ? validateValues(values.map(parseQuantity), standard, whole, `${path}.validValues`)
    : validateRange(validRange ?? {}, standard, whole, `${path}.validRange`);
}

function validateValues(
  values: readonly Quantity[],
  standard: Quantity,
  whole: Quantity,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  values.forEach((value, i) => {
    const before = values[i - 1];
    if (before === undefined || before.compare(value) <= 0) return;
    const detail = 'values must be sorted in ascending order';
    errors.push(invalid(`${field}[${i}]`, value.toString(), detail));
  });
  const large = validateEach(
    values,
    MAX_VALUES,
    (value, at) =>
      value.compare(whole) > 0
        ? [
            invalid(
              at,
              value.toString(),
              `option is larger than capacity value: ${whole.toString()}`,
            ),
          ]
        : [],
    field,
  );
  errors.push(...large);
  const isListed = values.length <= MAX_VALUES;
  if (isListed) {
    errors.push(
      ...repeated(
        values.map((value) => `${value.toValue()}`),
        field,
      ),
    );
  }
  return isListed && values.some((value) => value.compare(standard) === 0)
    ? errors
    : [...errors, invalid(field, standard.toString(), NO_DEFAULT)];
}

function validateRange(
  range: NonNullable<RequestPolicy['validRange']>,
  standard: Quantity,
  whole: Quantity,
  path: string,
): FieldError[] {
  if (range.min === undefined) {
    return [required(`${path}.min`, 'required when validRange is defined')];
  }
  const min = parseQuantity(range.min);
  const max = range.max === undefined ? undefined : parseQuantity(range.max);
  const errors: FieldError[] = [];
  const refuse = (part: string, value: Quantity, detail: string): void => {
    errors.push(invalid(`${path}.${part}`, value.toString(), detail));
  };
  if (min.compare(whole) > 0)
    refuse('min', min, `min is larger than capacity value: ${whole.toString()}`);
  if (standard.compare(min) < 0)
    refuse('default', standard, `default is less than min: ${min.toString()}`);
  if (max !== undefined) {
    if (min.compare(max) > 0) refuse('max', min, `min is larger than max: ${max.toString()}`);
    if (max.compare(whole) > 0)
      refuse('max', max, `max is larger than capacity value: ${whole.toString()}`);
    if (standard.compare(max) > 0)
      refuse('default', standard, `default is more than max: ${max.toString()}`);
  }
  if (range.step === undefined) return errors;
  const step = parseQuantity(range.step);
  if (step.nano <= 0n) {
    refuse('step', step, 'must be greater than zero');
    return errors;
  }
  const first = min.add(step);
  if (first.compare(whole) > 0) {
    refuse(
      'step',
      step,
      `one step ${first.toString()} is larger than capacity value: ${whole.toString()}`,
    );
  }
  const parts = { default: standard, min, max, step };
  const unsafe = Object.entries(parts).flatMap(([part, value]) =>
    value === undefined ? [] : validateInt64(value, `${path}.${part}`),
  );
  if (unsafe.length > 0) return [...errors, ...unsafe];
  for (const value of max === undefined ? [standard] : [standard, max]) {
    if ((value.toValue() - min.toValue()) % step.toValue() === 0n) continue;
    refuse(
      'step',
      value,
      `value is not a multiple of a given step (${step.toString()}) from (${min.toString()})`,
    );
  }
  return errors;
}

function validateInt64(value: Quantity, field: string): FieldError[] {
  if (value.nano < 0n) {
    return [invalid(field, value.toString(), 'must be greater than or equal to 0')];
  }
  return value.nano > MAX_INT64 * NANO
    ? [invalid(field, value.toString(), `must not be larger than ${MAX_INT64}`)]
    : [];
}
