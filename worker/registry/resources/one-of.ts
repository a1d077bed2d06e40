import { type FieldError, notSupported, required } from '../../../apimachinery/field-error.ts';

/** An enumerated field that defaulting has filled in. */
export function oneOf(
  value: string | undefined,
  valid: readonly string[],
  field: string,
): FieldError[] {
  if (!value) return [required(field)];
  return valid.includes(value) ? [] : [notSupported(field, value, valid)];
}
