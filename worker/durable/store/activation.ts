import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { MetaTable } from './meta-table.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** What the cluster-scope store tells a namespace's store that becomes active. */
export interface Activation {
  /** Null when the namespace does not exist, or no slot is left. */
  readonly slot: number | null;
  /** Revisions start above it. */
  readonly floor: number;
  /** The Namespace as JSON text, null when it does not exist. */
  readonly namespace: string | null;
}

/** Namespaces that every cluster has. */
const INITIAL_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** Takes up a slot and the copy of the Namespace. Inside a transaction. */
export function takeUp(runtime: StoreRuntime, meta: MetaTable, activation: Activation): void {
  const { clock } = runtime;
  if (activation.slot === null) {
    clock.advanceTo(activation.floor);
    return;
  }
  meta.set('slot', String(activation.slot));
  clock.reslot(activation.slot, activation.floor);
  acceptNamespace(runtime, activation.namespace);
}

/** Brings the store's copy of its Namespace up to date. Inside a transaction. */
export function acceptNamespace(runtime: StoreRuntime, text: string | null): void {
  const { context } = runtime;
  acceptMirrored(runtime, 'namespaces', context.namespace, text);
}

/** Brings the copy of an object of another store up to date; its revisions are this store's own. */
export function acceptMirrored(
  runtime: StoreRuntime,
  resource: string,
  name: string,
  text: string | null,
): void {
  const { commits } = runtime.context;
  const before = commits.read({ resource, name });
  if (text === null) {
    if (before !== null) commits.remove(resource, before);
    return;
  }
  const object = JSON.parse(text) as KubernetesObject;
  const same =
    before !== null &&
    JSON.stringify({ ...before, metadata: { ...before.metadata, resourceVersion: '' } }) ===
      JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });
  if (!same) commits.put(resource, object, before);
}

/** The objects that a new cluster starts with, for `createObject`. */
export function initialNamespaces(): KubernetesObject[] {
  return INITIAL_NAMESPACES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
}
