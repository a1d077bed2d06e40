import { formatGoNumber } from '../../../../apimachinery/go-number.ts';
import { canonicalJSON, fieldIn, isObject } from '../schema/json-value.ts';
import { type JSONPath, JSONPathError, type PathStep } from './json-path-parser.ts';

export { type JSONPath, JSONPathError, parseJSONPath } from './json-path-parser.ts';

/**
 * All that a path leads to, in order; what is missing leads nowhere (client-go's jsonpath with
 * allowMissingKeys).
 *
 * @throws JSONPathError when a step does not fit what it meets: an index out of bounds, for instance.
 */
export function findValues(path: JSONPath, root: unknown): unknown[] {
  return path.reduce<unknown[]>(
    (values, step) => values.flatMap((value) => follow(step, value)),
    [root],
  );
}

function follow(step: PathStep, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [fieldIn(value, step.name)] : [];
    case 'all':
      if (Array.isArray(value)) return value;
      return isObject(value)
        ? Object.keys(value)
            .sort()
            .map((key) => value[key])
        : [];
    case 'slice':
      return slice(step, value);
    case 'descend':
      return descend(value);
    case 'union':
      return step.paths.flatMap((path) => findValues(path, value));
    case 'filter':
      if (!Array.isArray(value))
        throw new JSONPathError(`${goText(value)} is not array or slice and cannot be filtered`);
      return value.filter((item) => passes(step, item));
    default:
      return step satisfies never;
  }
}

function slice(step: PathStep & { kind: 'slice' }, value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new JSONPathError('is not array or slice');
  const { length } = value;
  const place = (at: number): number => (at < 0 ? at + length : at);
  const start = place(step.start ?? 0);
  if (step.end === 'one') {
    if (start >= length || start < 0) {
      throw new JSONPathError(`array index out of bounds: index ${start}, length ${length}`);
    }
    return [value[start]];
  }
  const end = step.end === undefined ? length : place(step.end);
  const stride = step.stride ?? 1;
  if (start < 0 || end > length || start > end || stride < 1) {
    throw new JSONPathError('array index out of bounds');
  }
  const result: unknown[] = [];
  for (let i = start; i < end; i += stride) result.push(value[i]);
  return result;
}

/** Everything below a value, and itself. */
function descend(value: unknown): unknown[] {
  const below = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return [value, ...below.flatMap(descend)];
}

function passes({ left, operator, right }: PathStep & { kind: 'filter' }, item: unknown): boolean {
  const a = left.literal ?? first(left.path, item);
  if (operator === 'exists') return a !== undefined;
  const b = right.literal ?? first(right.path, item);
  if (a === undefined || b === undefined) return false;
  switch (operator) {
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    default:
      return operator satisfies never;
  }
}

const first = (path: JSONPath | undefined, item: unknown): unknown =>
  path === undefined ? undefined : findValues(path, item)[0];

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [goText(a), goText(b)];
  return x === y ? 0 : x < y ? -1 : 1;
}

/** A value as Go prints it in a template. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatGoNumber(value);
  return canonicalJSON(value);
}

/** The text that a field selector compares a field with; '' where it is missing. */
export function fieldText(path: JSONPath, object: unknown): string {
  const [value] = findValues(path, object);
  return value === null || value === undefined ? '' : goText(value);
}
