import type { KubernetesObject } from './meta.ts';
import type { Status } from './status-error.ts';

/** One frame of a watch stream (API conventions, "Concurrency Control and Consistency"). */
export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubernetesObject }
  | { type: 'ERROR'; object: Status };

export type WatchEventType = WatchEvent['type'];

/** Marks the bookmark that ends the initial events of a streaming list (KEP-3157). */
export const INITIAL_EVENTS_END_ANNOTATION = 'k8s.io/initial-events-end';

/** Builds the wire text of one frame around an object that is already JSON text. */
export function encodeWatchEvent(type: WatchEventType, objectText: string): string {
  return `{"type":"${type}","object":${objectText}}`;
}
