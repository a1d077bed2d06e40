import type { KubernetesObject, ListMeta } from '../../apimachinery/meta.ts';
import { newStatusError } from '../../apimachinery/status-error.ts';
import type { Env } from '../durable/env.ts';
import type { Conversion, ResourceInfo } from '../registry/kind-table.ts';
import { partialObjectMetadata, toTable } from '../registry/table-convert.ts';
import { converting } from './converting.ts';
import type { Form } from './negotiate.ts';
import { protobufList } from './protobuf-list.ts';
import { includeObject } from './table-options.ts';

type Body = string | ReadableStream<Uint8Array>;
type ListWriter = (
  type: { apiVersion: string; kind: string },
  metadata: ListMeta,
  bodies: AsyncIterable<Body>,
) => Response | Promise<Response>;

/** Objects converted at a time. */
const LINES_PER_CHUNK = 100;
const TAIL = ']}\n';

/** What stands between the texts that a writer takes: they are sent as they are, or one a line. */
export function separatorFor(form: Form, info: ResourceInfo): ',' | '\n' {
  return form.as === 'object' && form.encoding === 'json' && info.conversion === undefined
    ? ','
    : '\n';
}

/**
 * How a list goes out in the form that was negotiated. Nothing is held but the piece at hand, and
 * in protobuf the bytes of what has been encoded.
 *
 * @throws StatusError NotAcceptable for the form of a single object.
 */
export function listWriter(
  env: Env,
  form: Form,
  info: ResourceInfo,
  query: URLSearchParams,
): ListWriter {
  const { conversion } = info;
  const convert = conversion === undefined ? null : converter(env, conversion);
  if (form.encoding === 'protobuf') return protobufWriter(form, convert);
  switch (form.as) {
    case 'object':
      // Lists of custom objects say that there is no next page; others leave that out.
      return (type, metadata, bodies) =>
        stream(
          `{"kind":"${type.kind}","apiVersion":"${type.apiVersion}","metadata":${JSON.stringify(info.custom === undefined ? metadata : { continue: '', ...metadata })},"items":[`,
          convert === null ? joined(bodies) : converted(bodies, convert),
        );
    case 'PartialObjectMetadata':
      throw newStatusError(
        'NotAcceptable',
        `you requested PartialObjectMetadata, but the requested object is a list (${goTypeOfList(info)})`,
      );
    case 'PartialObjectMetadataList':
      return (_type, metadata, bodies) =>
        stream(
          `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${form.version}","metadata":${JSON.stringify(metadata)},"items":[`,
          converted(bodies, async (objects) => objects.map(partialObjectMetadata)),
        );
    case 'Table': {
      const options = { includeObject: includeObject(query), now: Date.now(), listMeta: {} };
      return (_type, metadata, bodies) => {
        const { columnDefinitions } = toTable(info, [], { ...options, headers: true });
        return stream(
          `{"kind":"Table","apiVersion":"meta.k8s.io/${form.version}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${JSON.stringify(columnDefinitions)},"rows":[`,
          converted(
            bodies,
            async (objects) =>
              toTable(info, convert === null ? objects : await convert(objects), {
                ...options,
                headers: false,
              }).rows,
          ),
        );
      };
    }
  }
}

/** Upstream names its own type of the list. */
const goTypeOfList = ({ group, kind, custom }: ResourceInfo): string =>
  custom === undefined
    ? `*${group === '' ? 'core' : group.split('.')[0]}.${kind}List`
    : '*unstructured.UnstructuredList';

/** Of objects it encodes what the list's type knows, which is their metadata for partial ones. */
function protobufWriter(form: Form, convert: Convert | null): ListWriter {
  return (type, metadata, bodies) => {
    const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' };
    const objects = convert === null ? objectsOf(bodies) : convertedObjects(bodies, convert);
    return protobufList(form.as === 'object' ? type : partial, metadata, objects);
  };
}

type Convert = (objects: KubernetesObject[]) => Promise<KubernetesObject[]>;

/** With one question for all, where a webhook has to be asked. */
const converter =
  (env: Env, { fromStored, fromStoredAll }: Conversion): Convert =>
  (objects) =>
    converting(env, () => fromStoredAll?.(objects) ?? objects.map(fromStored));

async function* convertedObjects(
  bodies: AsyncIterable<Body>,
  convert: Convert,
): AsyncGenerator<KubernetesObject[]> {
  for await (const objects of objectsOf(bodies)) yield await convert(objects);
}

/**
 * What is wrong with the first piece is known before the answer starts. A short list, whose one piece
 * is a text, is sent at once: each piece of a stream has to wait for its turn.
 */
async function stream(head: string, items: AsyncGenerator<string | Uint8Array>): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  const pieces = [await items.next()];
  const [first] = pieces;
  if (first?.done !== true && typeof first?.value === 'string') pieces.push(await items.next());
  if (pieces.at(-1)?.done === true) {
    const text = first?.done === true ? '' : String(first?.value);
    return new Response(`${head}${text}${TAIL}`, { headers });
  }
  const encoder = new TextEncoder();
  let started = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!started) {
          started = true;
          controller.enqueue(encoder.encode(head));
          return;
        }
        const next = pieces.shift() ?? (await items.next());
        if (next.done === true) {
          controller.enqueue(encoder.encode(TAIL));
          controller.close();
          return;
        }
        controller.enqueue(
          typeof next.value === 'string' ? encoder.encode(next.value) : next.value,
        );
      },
      async cancel() {
        await items.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers });
}

/** Bodies that are comma-separated already. */
async function* joined(bodies: AsyncIterable<Body>): AsyncGenerator<string | Uint8Array> {
  let lead = '';
  for await (const body of bodies) {
    if (body === '') continue;
    if (lead !== '') yield lead;
    if (typeof body === 'string') yield body;
    else for await (const chunk of body as ReadableStream<Uint8Array>) yield chunk;
    lead = ',';
  }
}

/** The same objects, converted and comma-separated. */
async function* converted(
  bodies: AsyncIterable<Body>,
  convert: (objects: KubernetesObject[]) => Promise<readonly unknown[]>,
): AsyncGenerator<string> {
  let lead = '';
  for await (const objects of objectsOf(bodies)) {
    const items = await convert(objects);
    if (items.length === 0) continue;
    yield lead + items.map((item) => JSON.stringify(item)).join(',');
    lead = ',';
  }
}

/** Bodies of one object per line, parsed, a few at a time. */
async function* objectsOf(bodies: AsyncIterable<Body>): AsyncGenerator<KubernetesObject[]> {
  let chunk: KubernetesObject[] = [];
  for await (const body of bodies) {
    for await (const line of linesOf(body)) {
      chunk.push(JSON.parse(line) as KubernetesObject);
      if (chunk.length < LINES_PER_CHUNK) continue;
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

async function* linesOf(body: Body): AsyncGenerator<string> {
  if (typeof body === 'string') {
    for (const line of body.split('\n')) if (line !== '') yield line;
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body as ReadableStream<Uint8Array>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}
