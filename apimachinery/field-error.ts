import { formatGoNumber } from './go-number.ts';

/**
 * Field errors, the entries of `details.causes` of a 422. Wording follows
 * k8s.io/apimachinery/pkg/util/validation/field: the message repeats the bad value where the
 * client may see it.
 */
export type FieldErrorReason =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

export interface FieldError {
  readonly reason: FieldErrorReason;
  /** Path from the object's root, as in `spec.containers[0].name` or `metadata.labels[app]`. */
  readonly field: string;
  /** Text without the path. */
  readonly message: string;
}

/** Renders a value the way upstream prints one inside an error: strings quoted, the rest as JSON. */
function printed(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (value === undefined) return 'null';
  if (typeof value === 'number') return formatGoNumber(value);
  // Go's encoder also escapes what HTML would read as markup.
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const GO_ESCAPES: Readonly<Record<string, string>> = { '\u0007': '\\a', '\u000b': '\\v' };
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A string as Go's `%q` writes it, which escapes whatever cannot be seen. */
export function quoteText(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1);
  // Control characters are `\\u00…` by now; pairs of backslashes are the text's own.
  const controls = inner.replace(
    /(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])/g,
    (_, pairs: string, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return `${pairs}${GO_ESCAPES[character] ?? `\\x${hex}`}`;
    },
  );
  const visible = controls.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code === 0x7f) return '\\x7f';
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return `"${visible}"`;
}

const withDetail = (head: string, detail: string): string =>
  detail === '' ? head : `${head}: ${detail}`;

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: withDetail('Required value', detail) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field,
    message: withDetail(`Invalid value: ${printed(value)}`, detail),
  };
}

/** `valid` is listed in the order that is given, as upstream lists it. */
export function notSupported(field: string, value: unknown, valid: readonly string[]): FieldError {
  const list = valid.map((v) => JSON.stringify(v)).join(', ');
  const detail = valid.length === 0 ? '' : `: supported values: ${list}`;
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${printed(value)}${detail}`,
  };
}

export function forbidden(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) };
}

export function duplicate(field: string, value: unknown, detail = ''): FieldError {
  return {
    reason: 'FieldValueDuplicate',
    field,
    message: withDetail(`Duplicate value: ${printed(value)}`, detail),
  };
}

export function notFound(field: string, value: unknown, detail = ''): FieldError {
  return {
    reason: 'FieldValueNotFound',
    field,
    message: withDetail(`Not found: ${printed(value)}`, detail),
  };
}

/** Something is wrong that has no value to show (upstream's `field.OmitValueType`). */
export function invalidWithoutValue(field: string, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: withDetail('Invalid value', detail) };
}

export function tooLong(field: string, maxLength: number): FieldError {
  const unit = maxLength === 1 ? 'byte' : 'bytes';
  return {
    reason: 'FieldValueTooLong',
    field,
    message: `Too long: may not be more than ${maxLength} ${unit}`,
  };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  const unit = max === 1 ? 'item' : 'items';
  return {
    reason: 'FieldValueTooMany',
    field,
    message: `Too many: ${actual}: must have at most ${max} ${unit}`,
  };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return {
    reason: 'FieldValueTypeInvalid',
    field,
    message: withDetail(`Invalid value: ${printed(value)}`, detail),
  };
}

/** The server failed to judge a value that may be fine. */
export function internalError(field: string, detail: string): FieldError {
  return { reason: 'InternalError', field, message: withDetail('Internal error', detail) };
}
