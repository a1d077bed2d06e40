import { newStatusError } from '../../apimachinery/status-error.ts';

/** Upstream's `MaxRequestBodyBytes`. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Reads a body as text, at most MAX_BODY_BYTES of it.
 *
 * @throws StatusError RequestEntityTooLarge (413).
 */
export async function readBody(request: Request): Promise<string> {
  const announced = Number(request.headers.get('Content-Length') ?? 0);
  if (announced > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge() {
  return newStatusError(
    'RequestEntityTooLarge',
    `Request entity too large: limit is ${MAX_BODY_BYTES}`,
  );
}

/** The media type of a body, without parameters; '' when none is given. */
export function contentType(request: Request): string {
  const [type = ''] = (request.headers.get('Content-Type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Whether a body is YAML or JSON. @throws StatusError UnsupportedMediaType (415). */
export function bodyFormat(request: Request): 'json' | 'yaml' {
  const type = contentType(request);
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  throw newStatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
  );
}
