import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import { type IntOrString, percentOf } from '../../../apimachinery/int-or-string.ts';
import { validatePercent } from '../../../apimachinery/names.ts';
import { notNegative } from './workload.ts';

/** A count, or a percentage of a total. */
export function validateIntOrPercent(value: IntOrString, field: string): FieldError[] {
  if (typeof value === 'number') return notNegative(value, field);
  return validatePercent(value).map((message) => invalid(field, value, message));
}

/** A percentage is a part of the whole. */
export function validateAtMostAll(value: IntOrString, field: string): FieldError[] {
  const percent = percentOf(value);
  return percent === undefined || percent <= 100
    ? []
    : [invalid(field, value, 'must not be greater than 100%')];
}

/** Whether the value stands for none at all; text that is no percentage counts as zero. */
export function isZeroShare(value: IntOrString): boolean {
  if (typeof value === 'number') return value === 0;
  // Text that is a plain number counts as that number, as Go's IntValue reads it.
  return (percentOf(value) ?? (/^[-+]?[0-9]+$/.test(value) ? Number(value) : 0)) === 0;
}
