import {
  type FieldError,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import { byteLength, validateQualifiedName } from '../../../../apimachinery/names.ts';

const MAX_PARAMETERS_BYTES = 256 * 1024;
const MAX_PARAMETERS = 512;

/** Who makes the volumes of a class. */
export function validateProvisioner(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const lower = name.toLowerCase();
  return validateQualifiedName(lower).map((m) => invalid(field, lower, m));
}

/** What a class tells its provisioner. */
export function validateParameters(
  parameters: Readonly<Record<string, string>>,
  field: string,
  allowEmpty: boolean,
): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong(field, MAX_PARAMETERS)];
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(invalid(field, key, 'field can not be empty.'));
    bytes += byteLength(key) + byteLength(value);
  }
  if (bytes > MAX_PARAMETERS_BYTES) errors.push(tooLong(field, MAX_PARAMETERS_BYTES));
  if (!allowEmpty && entries.length === 0) {
    errors.push(required(field, 'must contain at least one key/value pair'));
  }
  return errors;
}
