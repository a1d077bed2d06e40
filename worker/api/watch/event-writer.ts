import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { WatchEvent, WatchEventType } from '../../../apimachinery/watch.ts';
import { INITIAL_EVENTS_END_ANNOTATION } from '../../../apimachinery/watch.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import { partialObjectMetadata, toTable } from '../../registry/table-convert.ts';
import type { Form } from '../negotiate.ts';
import { includeObject } from '../table-options.ts';

/** Turns what stores send into what the client asked for. */
export interface EventWriter {
  /** `event` as stores send it; returned as the client gets it. */
  event(event: string): string;
  bookmark(revision: number, initialEventsEnd: boolean): string;
}

export function eventWriter(form: Form, info: ResourceInfo, query: URLSearchParams): EventWriter {
  const type = { kind: info.kind, apiVersion: formatAPIVersion(info.group, info.version) };
  switch (form.as) {
    case 'object':
      return { event: (event) => event, bookmark: (r, end) => bookmark(type, r, end) };
    case 'Table':
      return tableWriter(info, `meta.k8s.io/${form.version}`, query);
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return {
        event: (text) => converted(text, partialObjectMetadata),
        bookmark: (revision, end) =>
          bookmark(
            { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.version}` },
            revision,
            end,
          ),
      };
  }
}

function tableWriter(info: ResourceInfo, apiVersion: string, query: URLSearchParams): EventWriter {
  const include = includeObject(query);
  // Columns are told once, with the first event.
  let headers = true;
  return {
    event(text) {
      const line = converted(text, (object) => ({
        ...toTable(info, [object], {
          includeObject: include,
          now: Date.now(),
          listMeta: { resourceVersion: object.metadata.resourceVersion ?? '' },
          headers,
        }),
        apiVersion,
      }));
      headers = false;
      return line;
    },
    bookmark: (revision, end) => bookmark({ kind: 'Table', apiVersion }, revision, end),
  };
}

function converted(text: string, convert: (object: KubernetesObject) => unknown): string {
  const { type, object } = JSON.parse(text) as Extract<
    WatchEvent,
    { type: Exclude<WatchEventType, 'ERROR'> }
  >;
  return JSON.stringify({ type, object: convert(object) });
}

function bookmark(
  type: { kind: string; apiVersion: string },
  revision: number,
  initialEventsEnd: boolean,
): string {
  return JSON.stringify({
    type: 'BOOKMARK',
    object: {
      ...type,
      metadata: {
        resourceVersion: String(revision),
        creationTimestamp: null,
        ...(initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END_ANNOTATION]: 'true' } } : {}),
      },
    },
  });
}
