import { newStatusError } from '../../apimachinery/status-error.ts';

/** Upstream's `MaxRequestBodyBytes`. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * So much of a body that is too large is read and dropped: clients that are cut off while they
 * write see a broken connection rather than the answer.
 */
const MAX_DRAINED_BYTES = 2 * MAX_BODY_BYTES;

/** The encodings of objects, by media type, in the order in which errors list them. */
const BODY_FORMATS = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
} as const;

export type BodyFormat = (typeof BODY_FORMATS)[keyof typeof BODY_FORMATS];

/** Reads a body as text. @throws StatusError RequestEntityTooLarge (413). */
export async function readBody(request: Request): Promise<string> {
  return new TextDecoder().decode(await readBodyBytes(request));
}

/**
 * Reads a body, at most MAX_BODY_BYTES of it.
 *
 * @throws StatusError RequestEntityTooLarge (413).
 */
export async function readBodyBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    if (size > MAX_DRAINED_BYTES) break;
  }
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return concat(chunks, size);
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
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

/** How a body is encoded; JSON when it is not said. @throws StatusError UnsupportedMediaType (415). */
export function bodyFormat(request: Request): BodyFormat {
  const type = contentType(request) || 'application/json';
  if (Object.hasOwn(BODY_FORMATS, type)) return BODY_FORMATS[type as keyof typeof BODY_FORMATS];
  throw newStatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${Object.keys(BODY_FORMATS).join(', ')}`,
  );
}
