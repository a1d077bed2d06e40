import type { Job, Pod } from '../kinds.ts';
import { judgeFailure } from './failure-policy.ts';
import { isDeleting } from './job-facts.ts';
import { hasFailed, hasSucceeded, indexOf, isCountable, isTracked } from './pod-facts.ts';
import type { Tally } from './tally.ts';
import type { Verdict } from './verdict.ts';

/**
 * Counting of pods, in two steps so that none is missed and none is counted twice, whatever write
 * may fail in between. First the uids of finished pods go into `uncountedTerminatedPods`, and only
 * then the pods lose their finalizer; a uid whose pod has lost it is turned into a count. An index
 * needs no such list: a set takes it any number of times.
 */
export interface Tracking {
  /** Pods that lose their finalizer, after the status was written. */
  readonly released: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** Whether there are more pods to release than fit into one plan. */
  readonly isPartial: boolean;
}

export function trackPods(job: Job, tally: Tally, verdict: Verdict | null, most: number): Tracking {
  const { status = {} } = job;
  const tracked = tally.pods.filter(isTracked);
  const uids = new Set(tracked.map(({ metadata }) => metadata.uid));
  const settle = (list: readonly string[] = []) => list.filter((uid) => uids.has(uid));
  const [before, failedBefore] = [
    status.uncountedTerminatedPods?.succeeded ?? [],
    status.uncountedTerminatedPods?.failed ?? [],
  ];
  const succeeded = settle(before);
  const failed = settle(failedBefore);
  const counts = {
    succeeded: (status.succeeded ?? 0) + before.length - succeeded.length,
    failed: (status.failed ?? 0) + failedBefore.length - failed.length,
  };
  const known = new Set([...succeeded, ...failed]);
  const releasable = tracked.filter((pod) => mayRelease(job, tally, verdict, pod));
  const released = releasable.slice(0, most);
  for (const pod of released) {
    const { uid } = pod.metadata;
    if (known.has(uid)) continue;
    if (hasSucceeded(pod)) {
      if (tally.indexes === null) succeeded.push(uid);
    } else if (countsAsFailure(job, verdict, pod)) failed.push(uid);
  }
  return {
    released,
    ...counts,
    uncounted: { succeeded, failed },
    isPartial: releasable.length > most,
  };
}

function mayRelease(job: Job, { indexes }: Tally, verdict: Verdict | null, pod: Pod): boolean {
  if (isDeleting(job) || verdict !== null || hasSucceeded(pod)) return true;
  if (!hasFailed(job, pod)) return false;
  const index = indexOf(job, pod);
  return index === null || indexes?.awaitingReplacement.get(index) !== pod;
}

/** Whatever has not finished when a job fails has failed with it. */
function countsAsFailure(job: Job, verdict: Verdict | null, pod: Pod): boolean {
  if (!hasFailed(job, pod) && verdict?.type !== 'FailureTarget') return false;
  return isCountable(job, pod) && judgeFailure(job, pod).action !== 'Ignore';
}
