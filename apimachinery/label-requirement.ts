import { type FieldError, invalid, notSupported } from './field-error.ts';
import { validateLabelValue, validateQualifiedName } from './names.ts';

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition of a label selector. `values` is sorted. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

const OPERATORS: readonly LabelOperator[] = [
  'in',
  'notin',
  '=',
  '==',
  '!=',
  'exists',
  '!',
  'gt',
  'lt',
];
const INT64 = /^[-+]?[0-9]+$/;
const MAX_INT64 = 9_223_372_036_854_775_807n;

/** A decimal int64, or undefined for what Go's `strconv.ParseInt` refuses. */
function parseInt64(text: string): bigint | undefined {
  if (text.length > 64 || !INT64.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return value >= -MAX_INT64 - 1n && value <= MAX_INT64 ? value : undefined;
}

function keyErrors(key: string, field: string): FieldError[] {
  const messages = validateQualifiedName(key);
  return messages.length === 0 ? [] : [invalid(field, key, messages.join('; '))];
}

/**
 * Throws an Error with upstream's text when the key is no label key. Upstream's parser has no path
 * to name at that point and prints a nil one.
 */
export function assertLabelKey(key: string): void {
  const errors = keyErrors(key, '<nil>');
  if (errors.length > 0) throw aggregate(errors);
}

function aggregate(errors: readonly FieldError[]): Error {
  const texts = errors.map((e) => `${e.field}: ${e.message}`);
  return new Error(texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`);
}

function countErrors(operator: LabelOperator, values: readonly string[]): FieldError[] {
  const shown = values.length === 0 ? null : values;
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0
        ? []
        : [invalid('values', shown, "for 'in', 'notin' operators, values set can't be empty")];
    case '=':
    case '==':
    case '!=':
      return values.length === 1
        ? []
        : [invalid('values', shown, 'exact-match compatibility requires one single value')];
    case 'exists':
    case '!':
      return values.length === 0
        ? []
        : [invalid('values', shown, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt':
      return values.length === 1
        ? []
        : [invalid('values', shown, "for 'Gt', 'Lt' operators, exactly one value is required")];
    default:
      return [notSupported('operator', operator, OPERATORS)];
  }
}

/** Validates and builds a requirement. Throws an Error with upstream's text. */
export function newLabelRequirement(
  key: string,
  operator: LabelOperator,
  values: readonly string[],
): LabelRequirement {
  const errors = [...keyErrors(key, 'key'), ...countErrors(operator, values)];
  values.forEach((value, i) => {
    if ((operator === 'gt' || operator === 'lt') && parseInt64(value) === undefined) {
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      errors.push(invalid(`values[${i}]`, value, detail));
    }
  });
  values.forEach((value, i) => {
    const messages = validateLabelValue(value);
    if (messages.length > 0)
      errors.push(invalid(`values[${i}][${key}]`, value, messages.join('; ')));
  });
  if (errors.length > 0) throw aggregate(errors);
  return { key, operator, values: [...values].sort() };
}

export function requirementMatches(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return actual !== undefined && values.includes(actual);
    case '!=':
    case 'notin':
      return actual === undefined || !values.includes(actual);
    case 'exists':
      return actual !== undefined;
    case '!':
      return actual === undefined;
    case 'gt':
    case 'lt': {
      const left = actual === undefined ? undefined : parseInt64(actual);
      const right = parseInt64(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
    default:
      return operator satisfies never;
  }
}

export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
    default:
      return `${key}${operator}${values[0] ?? ''}`;
  }
}
