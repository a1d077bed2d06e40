import type { KubernetesObject, ListMeta } from '../../apimachinery/meta.ts';
import type { ResourceInfo } from '../registry/kind-table.ts';
import { partialObjectMetadata, toTable } from '../registry/table-convert.ts';
import type { Form } from './negotiate.ts';
import { includeObject } from './table-options.ts';

type Body = string | ReadableStream<Uint8Array>;
type ListWriter = (
  type: { apiVersion: string; kind: string },
  metadata: ListMeta,
  bodies: AsyncIterable<Body>,
) => Response;

/** Objects converted at a time. */
const LINES_PER_CHUNK = 100;

/** How a list goes out in the form that was negotiated. Nothing is held but the piece at hand. */
export function listWriter(form: Form, info: ResourceInfo, query: URLSearchParams): ListWriter {
  switch (form.as) {
    case 'object':
      return (type, metadata, bodies) =>
        stream(
          `{"kind":"${type.kind}","apiVersion":"${type.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`,
          joined(bodies),
        );
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return (_type, metadata, bodies) =>
        stream(
          `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${form.version}","metadata":${JSON.stringify(metadata)},"items":[`,
          converted(bodies, (objects) => objects.map(partialObjectMetadata)),
        );
    case 'Table': {
      const options = { includeObject: includeObject(query), now: Date.now(), listMeta: {} };
      return (_type, metadata, bodies) => {
        const { columnDefinitions } = toTable(info, [], { ...options, headers: true });
        return stream(
          `{"kind":"Table","apiVersion":"meta.k8s.io/${form.version}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${JSON.stringify(columnDefinitions)},"rows":[`,
          converted(
            bodies,
            (objects) => toTable(info, objects, { ...options, headers: false }).rows,
          ),
        );
      };
    }
  }
}

function stream(head: string, items: AsyncGenerator<string | Uint8Array>): Response {
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
        const next = await items.next();
        if (next.done === true) {
          controller.enqueue(encoder.encode(']}\n'));
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
  return new Response(body, { headers: { 'Content-Type': 'application/json' } });
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

/** Bodies of one object per line, parsed and converted a few at a time. */
async function* converted(
  bodies: AsyncIterable<Body>,
  convert: (objects: KubernetesObject[]) => readonly unknown[],
): AsyncGenerator<string> {
  let lead = '';
  for await (const lines of chunksOfLines(bodies)) {
    const items = convert(lines.map((line) => JSON.parse(line) as KubernetesObject));
    if (items.length === 0) continue;
    yield lead + items.map((item) => JSON.stringify(item)).join(',');
    lead = ',';
  }
}

async function* chunksOfLines(bodies: AsyncIterable<Body>): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  for await (const body of bodies) {
    for await (const line of linesOf(body)) {
      chunk.push(line);
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
