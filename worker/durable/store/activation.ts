import { API_SERVER_USER } from '../../../apimachinery/user-info.ts';
import { createObject } from './verbs/create.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { POLICY_RESOURCES } from '../../registry/cluster-policy.ts';
import type { MetaTable } from './meta-table.ts';
import type { PolicyEntry } from './policy/policy-objects.ts';
import { API_SERVER_MANAGER } from './field-tracking.ts';
import { ensureClusterPolicy } from './policy/bootstrap.ts';
import { CLUSTER_SLOT, type SlotTable } from './slots.ts';
import type { StoreRuntime } from './store-runtime.ts';

/** What the cluster-scope store tells a namespace's store that becomes active. */
export interface Activation {
  /** Null when the namespace does not exist, or no slot is left. */
  readonly slot: number | null;
  /** Revisions start above it. */
  readonly floor: number;
  /** The Namespace as JSON text, null when it does not exist. */
  readonly namespace: string | null;
  /** The cluster's policy, all of it; null where the store has it already. */
  readonly policy: { readonly revision: string; readonly entries: readonly PolicyEntry[] } | null;
}

/** Where a store keeps as of when it knows the policy; in the cluster's store, as of when it is. */
export const POLICY_REVISION = 'policyRevision';

/** Namespaces that every cluster has. */
const INITIAL_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/**
 * Cluster scope: finds a slot for a namespace's store, and the revision that it starts above.
 * @param knownPolicy the revision of the policy that it has; null for none.
 */
export function giveSlot(
  runtime: StoreRuntime,
  slots: SlotTable,
  namespace: string,
  knownPolicy: string | null,
): Activation {
  const { context, clock } = runtime;
  const stored = context.store.get({ resource: 'namespaces', name: namespace });
  // Everything that was emitted until here is below the revision that the store starts above.
  const floor = clock.next(context.now());
  if (stored === null) return { slot: null, floor, namespace: null, policy: null };
  const assigned = context.commits.transact(() => slots.assign(namespace, context.now()));
  return {
    slot: assigned?.slot ?? null,
    floor: Math.max(floor, assigned?.floor ?? 0),
    namespace: stored.value,
    policy: runtime.policyRevision === knownPolicy ? null : allPolicy(runtime),
  };
}

function allPolicy({ context, policyRevision }: StoreRuntime): NonNullable<Activation['policy']> {
  const entries = POLICY_RESOURCES.flatMap((resource) =>
    context.store.list(resource, {}).map(({ name, value }) => ({ resource, name, value })),
  );
  return { revision: policyRevision, entries };
}

/** Takes up a slot and the copy of the Namespace. Inside a transaction. */
export function takeUp(runtime: StoreRuntime, meta: MetaTable, activation: Activation): void {
  const { clock } = runtime;
  clock.advanceTo(activation.floor);
  if (activation.slot === null) return;
  meta.set('slot', String(activation.slot));
  clock.reslot(activation.slot, activation.floor);
  const { policy } = activation;
  if (policy !== null) {
    runtime.policyMirror?.accept(policy.entries, true);
    runtime.rules.reset();
    meta.set(POLICY_REVISION, policy.revision);
  }
  acceptNamespace(runtime, activation.namespace);
}

/**
 * Takes changes of the policy. As of when it is known stays what it was: a store that was not told
 * of one change must not take itself for up to date because of the next.
 */
export function takePolicy(runtime: StoreRuntime, entries: readonly PolicyEntry[]): void {
  runtime.context.commits.transact(() => runtime.policyMirror?.accept(entries, false));
  runtime.rules.reset();
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

/**
 * Cluster scope: takes up its slot, and makes a new cluster's first objects, or what this version of
 * Fairlead has more of them.
 */
export function foundCluster({ context, clock }: StoreRuntime, meta: MetaTable): void {
  context.commits.transact(() => {
    if (!clock.holdsSlot) {
      meta.set('slot', String(CLUSTER_SLOT));
      clock.reslot(CLUSTER_SLOT, 0);
    }
    ensureClusterPolicy(context, meta);
    const request = {
      resource: 'namespaces',
      user: API_SERVER_USER,
      fieldManager: API_SERVER_MANAGER,
    };
    for (const namespace of initialNamespaces()) {
      const name = namespace.metadata.name ?? '';
      const isThere = context.commits.read({ resource: 'namespaces', name }) !== null;
      if (!isThere) createObject(context, request, namespace);
    }
  });
}

/** The objects that a new cluster starts with, for `createObject`. */
function initialNamespaces(): KubernetesObject[] {
  return INITIAL_NAMESPACES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
}
