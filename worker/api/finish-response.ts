import { stringify } from 'yaml';
import { prefersYAML } from './negotiate.ts';

/** Answers from this size on are compressed for who takes that (upstream's gzip filter). */
const MIN_GZIP_BYTES = 128 * 1024;
/** Documents up to this size are put in another form; larger ones are sent as they are. */
const MAX_REWRITE_BYTES = 16 * 1024 * 1024;
const DOCUMENT =
  /^application\/(json|vnd\.kubernetes\.protobuf|com\.github\.proto-openapi[^;]*)($|;)/;
/** Only watches have it: they are sent as they come. */
export const STREAM_CACHING = 'no-cache, private';
/** Programs that people read the answers of, for whom JSON is indented unless they say otherwise. */
const PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;

const SENT_AS_IS = new WeakSet<Response>();

/** Marks an answer that somebody else has given, whose form is not ours to change. */
export function sendAsIs(response: Response): Response {
  SENT_AS_IS.add(response);
  return response;
}

/**
 * Gives a finished answer the outer form that its client asked for: YAML, indented JSON, gzip. All
 * of it is decided by the headers and `pretty`, whatever the handler.
 * Streams without an end stay as they are: watches, and what is neither JSON nor protobuf.
 */
export async function finishResponse(
  request: Request,
  query: URLSearchParams,
  response: Response,
): Promise<Response> {
  if (SENT_AS_IS.has(response)) return response;
  const type = response.headers.get('Content-Type') ?? '';
  const isDocument =
    DOCUMENT.test(type) && response.headers.get('Cache-Control') !== STREAM_CACHING;
  if (!isDocument || response.body === null || response.webSocket !== null) return response;
  const rewritten = await rewrite(request, query, response);
  return request.method === 'GET' ? compress(request, rewritten) : rewritten;
}

async function rewrite(
  request: Request,
  query: URLSearchParams,
  response: Response,
): Promise<Response> {
  const isJSON = /^application\/json($|;)/.test(response.headers.get('Content-Type') ?? '');
  const asYAML = isJSON && prefersYAML(request.headers.get('Accept'));
  if (!isJSON || (!asYAML && !wantsPretty(request, query))) return response;
  const { head, rest } = await take(response, MAX_REWRITE_BYTES);
  if (rest !== null) return new Response(rest, response);
  const value: unknown = JSON.parse(new TextDecoder().decode(head));
  const headers = new Headers(response.headers);
  if (asYAML) headers.set('Content-Type', 'application/yaml');
  const text = asYAML
    ? stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 })
    : `${JSON.stringify(value, null, 2)}\n`;
  return new Response(text, { status: response.status, headers });
}

function wantsPretty(request: Request, query: URLSearchParams): boolean {
  const wish = query.get('pretty');
  if (wish !== null) return wish !== 'false' && wish !== '0';
  return PEOPLE.test(request.headers.get('User-Agent') ?? '');
}

async function compress(request: Request, response: Response): Promise<Response> {
  if (response.status !== 200 || !acceptsGzip(request)) return response;
  if (response.headers.has('Content-Encoding')) return response;
  const { head, rest } = await take(response, MIN_GZIP_BYTES);
  const headers = new Headers(response.headers);
  if (rest === null) return new Response(head, { status: response.status, headers });
  headers.set('Content-Encoding', 'gzip');
  headers.append('Vary', 'Accept-Encoding');
  headers.delete('Content-Length');
  const body = rest.pipeThrough(new CompressionStream('gzip'));
  return new Response(body, { status: response.status, headers, encodeBody: 'manual' });
}

const acceptsGzip = (request: Request): boolean =>
  (request.headers.get('Accept-Encoding') ?? '')
    .split(',')
    .some((coding) => /^\s*gzip\s*($|;)/.test(coding));

/**
 * Reads a body as far as `bytes`: all of it when it ends before, else a stream of the whole.
 */
async function take(
  response: Response,
  bytes: number,
): Promise<
  | { readonly head: Uint8Array; readonly rest: null }
  | { readonly head: null; readonly rest: ReadableStream<Uint8Array> }
> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size < bytes) {
    const { done, value } = await reader.read();
    if (done) return { head: joined(chunks, size), rest: null };
    chunks.push(value);
    size += value.byteLength;
  }
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const first = chunks.shift();
      if (first !== undefined) {
        controller.enqueue(first);
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { head: null, rest };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
