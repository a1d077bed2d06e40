import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Job, Pod } from '../kinds.ts';
import { isPodTerminating } from '../pods/pod-phase.ts';
import { msUntilIndexReplacement, msUntilReplacement } from './backoff.ts';
import { podsToDelete } from './deletion-order.ts';
import { firstMissing, unionOf, withIndexes } from './index-set.ts';
import { indexCount, isSuspended, replacesOnlyFailed } from './job-facts.ts';
import { indexedPod, podsOf } from './new-pod.ts';
import { failedIndexes, indexesOf } from './tally.ts';
import type { IndexTally, Tally } from './tally.ts';

/** What brings the number of active pods to what it should be. Either deletes or creates. */
export interface PodChanges {
  readonly deletes: readonly Pod[];
  readonly creates: readonly KubernetesObject[];
  /** Milliseconds until more pods may be made; null when none wait. */
  readonly waitMs: number | null;
  /** Whether there is more to do than fits into one plan. */
  readonly isPartial: boolean;
}

export const NO_CHANGES: PodChanges = { deletes: [], creates: [], waitMs: null, isPartial: false };

/** `room` bounds the writes that they take. */
export function managePods(job: Job, tally: Tally, room: number, now: number): PodChanges {
  const { active } = tally;
  const wanted = isSuspended(job) ? 0 : wantedPods(job, tally);
  const surplus = Math.max(0, active.length - wanted);
  const deletes = podsToDelete(job, active, surplus, now);
  if (deletes.length > 0) {
    // Each takes two writes.
    const most = Math.floor(room / 2);
    return { ...NO_CHANGES, deletes: deletes.slice(0, most), isPartial: deletes.length > most };
  }
  // Where only finished pods are replaced, one that is still going holds its place.
  const held = replacesOnlyFailed(job) ? tally.terminating : 0;
  const missing = wanted - held - active.length;
  return isSuspended(job) || missing <= 0 ? NO_CHANGES : makePods(job, tally, missing, room, now);
}

function wantedPods({ spec }: Job, { active, succeeded }: Tally): number {
  const parallelism = spec.parallelism ?? 1;
  // Once a pod has succeeded, a job without a number of completions only waits for the others.
  if (spec.completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - succeeded));
}

function makePods(job: Job, tally: Tally, missing: number, room: number, now: number): PodChanges {
  const { indexes } = tally;
  if (job.spec.backoffLimitPerIndex === undefined || indexes === null) {
    const waitMs = msUntilReplacement(job, tally.pods, now);
    if (waitMs > 0) return { ...NO_CHANGES, waitMs };
  }
  if (indexes === null) {
    const newPod = podsOf(job);
    const creates = Array.from({ length: Math.min(missing, room) }, newPod);
    return { ...NO_CHANGES, creates, isPartial: missing > room };
  }
  const pending = pendingIndexes(job, tally, indexes, missing);
  const waits = pending.map((index) => {
    const replaced = indexes.awaitingReplacement.get(index);
    return { index, replaced, waitMs: msUntilIndexReplacement(replaced, now) };
  });
  const due = waits.filter(({ waitMs }) => waitMs === 0);
  const next = waits.reduce(
    (least, { waitMs }) => (waitMs > 0 ? Math.min(least, waitMs) : least),
    Infinity,
  );
  return {
    deletes: [],
    creates: due.slice(0, room).map(({ index, replaced }) => indexedPod(job, index, replaced)),
    waitMs: next === Infinity ? null : next,
    isPartial: due.length > room,
  };
}

function pendingIndexes(
  job: Job,
  tally: Tally,
  { succeeded, active }: IndexTally,
  count: number,
): number[] {
  const leaving = replacesOnlyFailed(job)
    ? indexesOf(job, tally.pods.filter(isPodTerminating))
    : new Set<number>();
  const taken = unionOf(withIndexes(succeeded, [...active, ...leaving]), failedIndexes(tally));
  return firstMissing(taken, count, indexCount(job) ?? 0);
}
