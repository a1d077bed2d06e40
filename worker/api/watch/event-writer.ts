import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Status } from '../../../apimachinery/status-error.ts';
import type { WatchEvent, WatchEventType } from '../../../apimachinery/watch.ts';
import { INITIAL_EVENTS_END_ANNOTATION } from '../../../apimachinery/watch.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { converting } from '../converting.ts';
import type { Env } from '../../durable/env.ts';
import { encodeProtobuf } from '../../registry/protobuf/encode.ts';
import { encodeWatchFrame } from '../../registry/protobuf/watch-frame.ts';
import { partialObjectMetadata, toTable } from '../../registry/table-convert.ts';
import { CONTENT_TYPES } from '../encoding.ts';
import type { Form } from '../negotiate.ts';
import { includeObject } from '../table-options.ts';

/** Turns what stores send into what the client asked for. */
export interface EventWriter {
  readonly contentType: string;
  /** `event` as stores send it; returned as the client gets it. Later where a webhook converts. */
  event(event: string): Uint8Array | Promise<Uint8Array>;
  bookmark(revision: number, initialEventsEnd: boolean): Uint8Array;
  error(status: Status): Uint8Array;
  /** Bytes between events that readers skip; empty where the encoding has none. */
  readonly filler: Uint8Array;
}

interface SyncWriter extends EventWriter {
  event(event: string): Uint8Array;
}

interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}

/** What objects look like: their type, and how they are made; null for as they are stored. */
interface Shape {
  readonly type: TypeMeta;
  readonly convert: ((object: KubernetesObject) => TypeMeta) | null;
}

export function eventWriter(
  env: Env,
  form: Form,
  info: ResourceInfo,
  query: URLSearchParams,
): EventWriter {
  const shape = shapeOf(form, info, query);
  const writer = form.encoding === 'json' ? jsonWriter(shape) : protobufWriter(shape);
  if (info.conversion?.fromStoredAll === undefined) return writer;
  return { ...writer, event: (text) => converting(env, () => writer.event(text)) };
}

function shapeOf(form: Form, info: ResourceInfo, query: URLSearchParams): Shape {
  switch (form.as) {
    case 'object': {
      const apiVersion = formatAPIVersion(info.group, info.version);
      return {
        type: { kind: info.kind, apiVersion },
        convert: viewConverter(info),
      };
    }
    case 'Table':
      return tableShape(info, `meta.k8s.io/${form.version}`, query);
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList': {
      const apiVersion = `meta.k8s.io/${form.version}`;
      const type = { kind: 'PartialObjectMetadata', apiVersion };
      return { type, convert: partialObjectMetadata };
    }
  }
}

/** Views are made of what is stored, and keep the type that they are given. */
function viewConverter(info: ResourceInfo): Shape['convert'] {
  const { conversion } = info;
  const type = { kind: info.kind, apiVersion: formatAPIVersion(info.group, info.version) };
  return conversion === undefined
    ? null
    : (object) => ({ ...conversion.fromStored(object), ...type });
}

function tableShape(info: ResourceInfo, apiVersion: string, query: URLSearchParams): Shape {
  const include = includeObject(query);
  // Columns are told once, with the first event.
  let headers = true;
  return {
    type: { kind: 'Table', apiVersion },
    convert(object) {
      const shown = info.conversion?.fromStored(object) ?? object;
      const table = toTable(info, [shown], {
        includeObject: include,
        now: Date.now(),
        listMeta: { resourceVersion: object.metadata.resourceVersion ?? '' },
        headers,
      });
      headers = false;
      return { ...table, apiVersion };
    },
  };
}

/** One JSON object a line. */
function jsonWriter({ type, convert }: Shape): SyncWriter {
  const encoder = new TextEncoder();
  const line = (text: string) => encoder.encode(`${text}\n`);
  return {
    contentType: CONTENT_TYPES.json,
    event(text) {
      if (convert === null) return line(text);
      const event = parse(text);
      return line(JSON.stringify({ type: event.type, object: convert(event.object) }));
    },
    bookmark: (revision, end) =>
      line(JSON.stringify({ type: 'BOOKMARK', object: bookmark(type, revision, end) })),
    error: (status) => line(JSON.stringify({ type: 'ERROR', object: status })),
    filler: encoder.encode(' '),
  };
}

/** One frame an event. */
function protobufWriter({ type, convert }: Shape): SyncWriter {
  const frame = (event: WatchEventType, object: TypeMeta) =>
    encodeWatchFrame(event, encodeProtobuf({ ...object }));
  return {
    contentType: `${CONTENT_TYPES.protobuf};stream=watch`,
    event(text) {
      const event = parse(text);
      if (convert !== null) return frame(event.type, convert(event.object));
      return frame(event.type, { ...event.object, ...type });
    },
    bookmark: (revision, end) => frame('BOOKMARK', bookmark(type, revision, end)),
    error: (status) => frame('ERROR', status),
    filler: new Uint8Array(),
  };
}

const parse = (text: string) =>
  JSON.parse(text) as Extract<WatchEvent, { type: Exclude<WatchEventType, 'ERROR'> }>;

function bookmark(type: TypeMeta, revision: number, initialEventsEnd: boolean) {
  return {
    ...type,
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END_ANNOTATION]: 'true' } } : {}),
    },
  };
}
