import { type FieldError, invalid, tooLong } from '../../apimachinery/field-error.ts';

/** Bytes that the name of a field manager may have. */
const MAX_FIELD_MANAGER = 128;

const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const encoder = new TextEncoder();

/** Whether a name has only characters that can be shown, as Go's `unicode.IsPrint` has it. */
const isPrintable = (name: string): boolean => !NOT_PRINTABLE.test(name);

/** The name of a field manager as a request gives it: each character that cannot be shown is told. */
export function validateFieldManagerName(name: string): FieldError[] {
  const errors: FieldError[] = [];
  if (encoder.encode(name).byteLength > MAX_FIELD_MANAGER) {
    errors.push(tooLong('fieldManager', MAX_FIELD_MANAGER));
  }
  // Positions count bytes, as in Go.
  let position = 0;
  for (const character of name) {
    if (!isPrintable(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      const detail = `invalid character U+${code} (at position ${position})`;
      errors.push(invalid('fieldManager', name, detail));
    }
    position += encoder.encode(character).byteLength;
  }
  return errors;
}

/**
 * Who comes to own what a request writes: the field manager that it names, or else the first part
 * of its User-Agent, `kubectl` of `kubectl/v1.36.0 (linux/amd64)`.
 */
export function fieldManagerName(request: Request, query: URLSearchParams): string {
  const named = query.get('fieldManager') ?? '';
  if (named !== '') return named;
  const [product = ''] = (request.headers.get('User-Agent') ?? '').split('/');
  let name = '';
  let bytes = 0;
  for (const character of product) {
    if (!isPrintable(character)) continue;
    bytes += encoder.encode(character).byteLength;
    if (bytes > MAX_FIELD_MANAGER) break;
    name += character;
  }
  return name;
}
