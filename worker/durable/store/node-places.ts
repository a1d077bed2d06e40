import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { NODE_PLACES } from '../../registry/hidden-resources.ts';
import { ALL_PLACES, allPlaces, type NodePlace, placeOf } from '../../registry/node-place.ts';
import { acceptMirrored } from './activation.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreRuntime } from './store-runtime.ts';

export const DAEMON_SETS = 'daemonsets.apps';
/** The effect that fetches copies, and its key for when Nodes have changed. */
export const NODE_COPY = 'node-copy';
export const NODES_CHANGED = 'changed';

/** Cluster scope: what stores that have DaemonSets know of every Node. */
export function listPlaces({ store }: StoreContext): NodePlace[] {
  return store.list('nodes', {}).map(({ value }) => placeOf(JSON.parse(value) as KubernetesObject));
}

/** Whether this store has any use for copies of Nodes. */
export const hasDaemonSets = ({ store }: StoreContext): boolean =>
  store.list(DAEMON_SETS, {}).length > 0;

/** Whether the copies are complete, and changes of Nodes are told to this store. */
export const knowsPlaces = ({ commits }: StoreContext): boolean =>
  commits.read({ resource: NODE_PLACES, name: ALL_PLACES }) !== null;

/** While the store was not active nobody told it of Nodes: it asks anew. Inside a transaction. */
export function doubtPlaces(runtime: StoreRuntime): void {
  acceptMirrored(runtime, NODE_PLACES, ALL_PLACES, null);
  if (hasDaemonSets(runtime.context)) runtime.enqueue(NODE_COPY, NODES_CHANGED);
}

/** Brings the copies to what the Nodes are now; none where there are none. Inside a transaction. */
export function takePlaces(runtime: StoreRuntime, places: readonly NodePlace[]): void {
  const wanted = new Set(places.map(({ metadata }) => metadata.name));
  for (const { name } of runtime.context.store.list(NODE_PLACES, {})) {
    if (!wanted.has(name)) acceptMirrored(runtime, NODE_PLACES, name, null);
  }
  for (const place of places) {
    acceptMirrored(runtime, NODE_PLACES, place.metadata.name, JSON.stringify(place));
  }
}

/** As {@link takePlaces}; afterwards they are all there. */
export const takeAllPlaces = (runtime: StoreRuntime, places: readonly NodePlace[]): void =>
  takePlaces(runtime, [...places, allPlaces()]);
