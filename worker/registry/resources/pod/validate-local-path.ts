import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';

/** A path below some directory that never leads out of it. */
export function validateLocalPath(value: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (value.startsWith('/')) errors.push(invalid(field, value, 'must be a relative path'));
  if (value.split('/').includes('..')) errors.push(invalid(field, value, "must not contain '..'"));
  return errors;
}
