import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { ObjectKey } from '../../../apimachinery/object-key.ts';
import { withoutOwnerReferences } from '../../../apimachinery/owner-references.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import {
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  blocks,
  isOrphaning,
  isWaiting,
} from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { decideCandidate } from './decide.ts';

/**
 * How long to wait before asking again about owners in another store that has not answered. Long,
 * because each time wakes a store that may be asleep, for garbage that nobody is waiting on.
 */
const UNKNOWN_OWNER_RETRY_MS = 10 * 60_000;

/** One uid and everything around it. */
export interface ObservedOwnership {
  readonly uid: string;
  /** The object with this uid, as a dependent of others; null when it is gone. */
  readonly self: Candidate | null;
  /** The objects that name it as an owner; read when it is gone or about to go. */
  readonly dependents: readonly Candidate[];
}

/**
 * Garbage collection around one uid. Gone: each dependent is judged. Being deleted with the finalizer
 * `orphan`: dependents forget it, then it may go. With `foregroundDeletion`: dependents are judged,
 * and when none blocks it any more it may go. Otherwise it is itself judged by its owners.
 */
export function planGarbage(observed: ObservedOwnership): Plan {
  const { self } = observed;
  if (self === null) return judge(observed.dependents);
  if (isOrphaning(self.object)) return orphan(self, observed.dependents);
  if (isWaiting(self.object)) return finishForeground(self, observed);
  return judge([self]);
}

function judge(candidates: readonly Candidate[]): Plan {
  const writes = candidates.flatMap(decideCandidate);
  const unknown = candidates.some(
    ({ object, owners }) =>
      object.metadata.deletionTimestamp === undefined &&
      owners.some(({ state }) => state === 'unknown'),
  );
  if (writes.length === 0 && !unknown) return EMPTY_PLAN;
  return capped(writes, unknown ? { requeueAfterMs: UNKNOWN_OWNER_RETRY_MS } : {});
}

function orphan(self: Candidate, dependents: readonly Candidate[]): Plan {
  const uid = new Set([self.object.metadata.uid ?? '']);
  const writes = dependents.map(({ key, object }): Write => ({
    verb: 'update',
    resource: key.resource,
    object: withoutOwnerReferences(object, uid),
  }));
  if (writes.length > MAX_WRITES_PER_PLAN) return capped(writes, {});
  return { writes: [...writes, withoutFinalizer(self.key, self.object, ORPHAN_FINALIZER)] };
}

function finishForeground(self: Candidate, { uid, dependents }: ObservedOwnership): Plan {
  const plan = judge(dependents);
  if (dependents.some(({ object }) => blocks(object, uid))) return plan;
  const last = withoutFinalizer(self.key, self.object, FOREGROUND_FINALIZER);
  // What does not block is judged again once the owner is gone.
  return { writes: [...plan.writes, last], requeueAfterMs: plan.requeueAfterMs ?? 0 };
}

function withoutFinalizer(
  { resource }: ObjectKey,
  object: KubernetesObject,
  finalizer: string,
): Write {
  const { finalizers = [], ...metadata } = object.metadata;
  const kept = finalizers.filter((name) => name !== finalizer);
  const next = kept.length === 0 ? metadata : { ...metadata, finalizers: kept };
  return { verb: 'update', resource, object: { ...object, metadata: next } };
}

function capped(writes: readonly Write[], rest: Pick<Plan, 'requeueAfterMs'>): Plan {
  return writes.length > MAX_WRITES_PER_PLAN
    ? { writes: writes.slice(0, MAX_WRITES_PER_PLAN), requeueAfterMs: 0 }
    : { writes, ...rest };
}
