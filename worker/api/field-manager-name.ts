/** Bytes that the name of a field manager may have. */
export const MAX_FIELD_MANAGER = 128;

const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const encoder = new TextEncoder();

/** Whether a name has only characters that can be shown, as Go's `unicode.IsPrint` has it. */
export const isPrintable = (name: string): boolean => !NOT_PRINTABLE.test(name);

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
