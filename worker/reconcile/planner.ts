import type { GroupResource, ObjectKey } from '../../apimachinery/object-key.ts';
import type { KubernetesObject, OwnerReference } from '../../apimachinery/meta.ts';
import type { PodUsage } from '../../apimachinery/node-usage.ts';

/**
 * The one shape of every controller (controller-runtime's reconcile contract, made pure).
 *
 * The loop in the store takes a due key, calls `observe` and `plan`, and commits the plan in the
 * same synchronous turn in which it read, so what was observed is still true when it is written:
 * there are no stale caches, and no expectations to keep. A planner is level-triggered: it gets a
 * key, never an event, and planning again from the state that its own plan leads to yields an
 * empty plan.
 */
export interface Planner<Observed> {
  /** Queue name, unique, and also the component that its events come from (`deployment-controller`). */
  readonly name: string;
  /** The ServiceAccount of kube-system that it writes as, where that has another name. */
  readonly account?: string;
  /** Which keys of this planner a committed change makes due. Called inside the commit. */
  keysFor(change: Change, reader: Reader): readonly string[];
  /**
   * How long after a change a key is due; at once without. What changes in between is planned
   * together. Milliseconds.
   */
  delayMs?(key: string): number;
  /** Everything that `plan` needs, or null when there is nothing to do for the key any more. */
  observe(reader: Reader, key: string): Observed | null;
  /** Pure and total: no I/O, no clock but `now`, no ids of its own, no throw for any stored object. */
  plan(observed: Observed, now: number): Plan;
}

/** One committed write, as the loop hands it to `keysFor`. Objects are shared: never mutate them. */
export interface Change {
  readonly resource: GroupResource;
  readonly name: string;
  /** null when the object was created by this write. */
  readonly before: KubernetesObject | null;
  /** null when the object is gone. */
  readonly after: KubernetesObject | null;
}

/**
 * Synchronous reads of the store that the planner runs in (one namespace, or the cluster scope).
 * Returned objects are shared and frozen by convention: clone before changing.
 */
export interface Reader {
  /** The namespace of this store, or '' for the cluster scope. */
  readonly namespace: string;
  get(resource: GroupResource, name: string): KubernetesObject | null;
  list(resource: GroupResource): readonly KubernetesObject[];
  /** Objects whose controlling ownerReference has this uid. */
  listControlledBy(resource: GroupResource, uid: string): readonly KubernetesObject[];
  /** Objects that have no controlling ownerReference. */
  listWithoutController(resource: GroupResource): readonly KubernetesObject[];
  /** The pods that use a claim, by their volumes. */
  podsUsingClaim(claim: string): readonly KubernetesObject[];
  /** Keys of all objects, of any resource, that name this uid in an ownerReference. */
  dependentsOf(uid: string): readonly ObjectKey[];
  /** Whether any object of this store has this uid. */
  hasUID(uid: string): boolean;
  /** The object of this store with this uid. */
  findByUID(uid: string): { readonly key: ObjectKey; readonly object: KubernetesObject } | null;
  /**
   * Whether the owner that a reference of one of this store's objects names is there: kind, name
   * and uid all match. Owners may be cluster-scoped and so live in another store; `unknown` means
   * that the answer is not at hand, which is never a reason to delete.
   */
  ownerExists(reference: OwnerReference): 'exists' | 'absent' | 'unknown';
  /** Every resource that has objects in this store, mirrored and hidden ones included. */
  resources(): readonly { readonly resource: GroupResource; readonly count: number }[];
  /**
   * What is used of a quota by now, by the store's ledger (`registry/quota`). Absent in stores that
   * keep none: the cluster's.
   */
  readonly quotaUsage?: (quota: KubernetesObject) => QuotaUsage;
  /**
   * What pods used when their nodes were last asked; null while nobody has been asked. Absent in the
   * cluster's store.
   */
  readonly usage?: () => UsageSnapshot | null;
  /**
   * Certificates, PEM, by which pods know the API server. Absent where those do that everybody
   * trusts, and in the cluster's store.
   */
  readonly rootCA?: string;
  /** The failure of the last commit for the same planner and key, until one succeeds. */
  lastFailure(planner: string, key: string): { reason: string; message: string } | null;
}

export interface QuotaUsage {
  /** As in `status.used`. */
  readonly used: Readonly<Record<string, string>>;
  /** When that changes without a write. Milliseconds since the epoch. */
  readonly changesAt?: number;
}

export interface UsageSnapshot {
  /** When the nodes were asked. Milliseconds since the epoch. */
  readonly takenAt: number;
  /** By the uids of pods; one whose node did not answer is not there. */
  readonly pods: ReadonlyMap<string, PodUsage>;
}

/**
 * What a planner wants done, committed in one turn, writes in their order. The first write that is
 * refused ends it: what came before it stays, what comes after it is not tried, and the failure is
 * what {@link Reader.lastFailure} then tells (a conflict is none: the key is just planned again).
 * Objects in writes may share parts with stored ones: the registry clones before it changes them.
 * A plan holds at most {@link MAX_WRITES_PER_PLAN} writes and a few more; a planner that has more
 * to do says so with `requeueAfterMs: 0`, so that API requests get their turn in between.
 */
export interface Plan {
  readonly writes: readonly Write[];
  readonly events?: readonly EventRecord[];
  /** Plan this key again after so long even if nothing changes. Milliseconds. */
  readonly requeueAfterMs?: number;
}

/** Pods (or other dependents) written by one plan. Some milliseconds of work on one thread. */
export const MAX_WRITES_PER_PLAN = 6;

export const EMPTY_PLAN: Plan = { writes: [] };

/** Passed through the registry like a client's request: defaulted, validated, refused alike. */
export type Write =
  | {
      readonly verb: 'create';
      readonly resource: GroupResource;
      /** With `metadata.name` or `metadata.generateName`. */
      readonly object: KubernetesObject;
      readonly announce?: Announcement;
    }
  | {
      readonly verb: 'update' | 'updateStatus';
      readonly resource: GroupResource;
      /** The whole object; its resourceVersion is the precondition. */
      readonly object: KubernetesObject;
      readonly announce?: Announcement;
    }
  | {
      readonly verb: 'updateScale';
      readonly resource: GroupResource;
      /** The Scale of an object of the resource; its resourceVersion is the precondition. */
      readonly object: KubernetesObject;
      readonly announce?: Announcement;
    }
  | {
      readonly verb: 'delete';
      readonly resource: GroupResource;
      readonly name: string;
      /** Precondition. */
      readonly uid: string;
      readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
      readonly gracePeriodSeconds?: number;
      readonly announce?: Announcement;
    };

/**
 * Events about the outcome of one write. `{name}` stands for the written object's final name,
 * `{error}` for the failure's message.
 */
export interface Announcement {
  readonly regarding: KubernetesObject;
  readonly onSuccess?: EventText;
  readonly onFailure?: EventText;
}

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface EventRecord extends EventText {
  /** The object that the event is about. */
  readonly regarding: KubernetesObject;
}
