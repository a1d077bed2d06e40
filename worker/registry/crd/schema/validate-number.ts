import { formatGoNumber, isInt64 } from '../../../../apimachinery/go-number.ts';
import type { JSONSchema } from './json-schema.ts';
import { type Problem, Result } from './problems.ts';

const MAX_JSON_INTEGER = Number.MAX_SAFE_INTEGER;
const INT64_LIMIT = 2 ** 63;
const INT32_LIMIT = 2 ** 31;
/** Beyond this, rounding to 32 bits gives infinity. */
const FLOAT32_LIMIT = 3.402_823_567_797_337e38;

/** Whether a double is a whole number that JSON carries exactly (go-openapi's swag). */
export const isJSONInteger = (value: number): boolean =>
  Number.isInteger(value) && Math.abs(value) <= MAX_JSON_INTEGER;

/** Range of the type, multipleOf, maximum and minimum, in kube-openapi's order and words. */
export function validateNumber(
  schema: JSONSchema,
  type: string,
  format: string,
  value: number,
  path: string,
): Result {
  const result = new Result();
  const isInteger = isInt64(value);
  result.add(outOfRange(value, type, format, 'Checked', path));
  for (const check of [multipleOf, maximum, minimum]) {
    result.merge(check(schema, type, format, { value, isInteger, path }));
  }
  result.matchCount++;
  return result;
}

interface Checked {
  readonly value: number;
  readonly isInteger: boolean;
  readonly path: string;
}

function multipleOf(schema: JSONSchema, type: string, format: string, checked: Checked) {
  const { multipleOf: factor } = schema;
  if (factor === undefined) return undefined;
  const { value, isInteger, path } = checked;
  const result = new Result();
  result.add(outOfRange(factor, type, format, 'MultipleOf', path));
  const exact = isInteger && result.isValid;
  const used = exact ? Math.trunc(factor) : factor;
  if (used <= 0) {
    const message = `factor MultipleOf declared for ${path} must be positive: ${formatGoNumber(used)}`;
    result.add({ name: path, message, told: { as: 'value', value: used } });
    return result;
  }
  const isMultiple = exact
    ? value % used === 0
    : isJSONInteger(used < 1 ? (1 / used) * value : value / used);
  if (!isMultiple) result.add(refused(checked, `be a multiple of ${formatGoNumber(used)}`));
  return result;
}

function maximum(schema: JSONSchema, type: string, format: string, checked: Checked) {
  const { maximum: bound, exclusiveMaximum = false } = schema;
  if (bound === undefined) return undefined;
  const { value, isInteger, path } = checked;
  const result = new Result();
  result.add(outOfRange(bound, type, format, 'Maximum boundary', path));
  const used = isInteger && result.isValid ? Math.trunc(bound) : bound;
  if (exclusiveMaximum ? value >= used : value > used) {
    const words = exclusiveMaximum ? 'less than' : 'less than or equal to';
    result.add(refused(checked, `be ${words} ${formatGoNumber(used)}`));
  }
  return result;
}

function minimum(schema: JSONSchema, type: string, format: string, checked: Checked) {
  const { minimum: bound, exclusiveMinimum = false } = schema;
  if (bound === undefined) return undefined;
  const { value, isInteger, path } = checked;
  const result = new Result();
  result.add(outOfRange(bound, type, format, 'Minimum boundary', path));
  const used = isInteger && result.isValid ? Math.trunc(bound) : bound;
  if (exclusiveMinimum ? value <= used : value < used) {
    const words = exclusiveMinimum ? 'greater than' : 'greater than or equal to';
    result.add(refused(checked, `be ${words} ${formatGoNumber(used)}`));
  }
  return result;
}

const refused = ({ value, path }: Checked, what: string): Problem => ({
  name: path,
  message: `${path} in body should ${what}`,
  told: { as: 'value', value },
});

/** Whether a number is beyond what its type and format hold. */
function outOfRange(
  value: number,
  type: string,
  format: string,
  prefix: string,
  path: string,
): Problem | undefined {
  if (isInRange(value, type, format)) return undefined;
  const kind = format === '' ? '(default format)' : `with format ${format}`;
  const message = `${prefix} value must be of type ${type} ${kind} in ${path}`;
  return { name: '', message, told: { as: 'unplaced' } };
}

function isInRange(value: number, type: string, format: string): boolean {
  if (type !== 'integer') {
    return (format !== 'float' && format !== 'float32') || Math.abs(value) < FLOAT32_LIMIT;
  }
  if (!Number.isInteger(value)) return false;
  switch (format) {
    case 'int32':
      return value >= -INT32_LIMIT && value < INT32_LIMIT;
    case 'uint32':
      return value >= 0 && value < 2 * INT32_LIMIT;
    case 'uint64':
      return value >= 0 && value < 2 * INT64_LIMIT;
    default:
      return value >= -INT64_LIMIT && value < INT64_LIMIT;
  }
}
