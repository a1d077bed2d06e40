import { type FieldError, invalid } from '../../../../apimachinery/field-error.ts';

/** No part of the path leads upward. */
export function validateNoBacksteps(value: string, field: string): FieldError[] {
  return value.split('/').includes('..') ? [invalid(field, value, "must not contain '..'")] : [];
}

/** A path below some directory that never leads out of it. */
export function validateLocalPath(value: string, field: string): FieldError[] {
  return [
    ...(value.startsWith('/') ? [invalid(field, value, 'must be a relative path')] : []),
    ...validateNoBacksteps(value, field),
  ];
}

/** The same, and not one of the names that volumes of files keep their versions in. */
export function validateFilePath(value: string, field: string): FieldError[] {
  const errors = validateLocalPath(value, field);
  if (value.startsWith('..') && !value.startsWith('../')) {
    errors.push(invalid(field, value, "must not start with '..'"));
  }
  return errors;
}
