import type { Job, Pod } from '../kinds.ts';
import { isPodActive, isPodTerminating } from '../pods/pod-phase.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { judgeFailure } from './failure-policy.ts';
import { hasIndex, NO_INDEXES, parseIndexSet, sizeOf, withIndexes } from './index-set.ts';
import type { IndexSet } from './index-set.ts';
import { indexCount } from './job-facts.ts';
import {
  failuresBefore,
  finishedAt,
  hasFailed,
  hasSucceeded,
  indexOf,
  isCountable,
  isTracked,
} from './pod-facts.ts';

/** The indexes of an Indexed job. */
export interface IndexTally {
  readonly succeeded: IndexSet;
  /** null where indexes do not fail one by one. */
  readonly failed: IndexSet | null;
  readonly active: ReadonlySet<number>;
  /**
   * The last failed pod of each index that is to be tried again. It keeps its finalizer until its
   * replacement is there, which takes the count of the index's failures over from it.
   */
  readonly awaitingReplacement: ReadonlyMap<number, Pod>;
}

/** What the job's pods amount to, together with what the status has counted of those gone. */
export interface Tally {
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly ready: number;
  /** Asked to go, and not known to be finished. */
  readonly terminating: number;
  /** Counted ones, those being counted, and those about to be. */
  readonly succeeded: number;
  readonly failed: number;
  readonly indexes: IndexTally | null;
}

export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const { status = {} } = job;
  const uncounted = status.uncountedTerminatedPods ?? {};
  const active = pods.filter(isPodActive);
  const isNew = (counted: readonly string[] | undefined) => {
    const known = new Set(counted);
    return (pod: Pod): boolean =>
      isTracked(pod) && !known.has(pod.metadata.uid) && isCountable(job, pod);
  };
  const newlySucceeded = pods.filter(isNew(uncounted.succeeded)).filter(hasSucceeded);
  const newlyFailed = pods
    .filter(isNew(uncounted.failed))
    .filter((pod) => hasFailed(job, pod) && judgeFailure(job, pod).action !== 'Ignore');
  const indexes = tallyIndexes(job, pods, active);
  return {
    pods,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
    succeeded:
      indexes === null
        ? (status.succeeded ?? 0) + (uncounted.succeeded?.length ?? 0) + newlySucceeded.length
        : sizeOf(indexes.succeeded),
    failed: (status.failed ?? 0) + (uncounted.failed?.length ?? 0) + newlyFailed.length,
    indexes,
  };
}

function tallyIndexes(job: Job, pods: readonly Pod[], active: readonly Pod[]): IndexTally | null {
  const count = indexCount(job);
  if (count === null) return null;
  const tracked = pods.filter(isTracked);
  const succeeded = withIndexes(
    parseIndexSet(job.status?.completedIndexes, count),
    indexesOf(job, tracked.filter(hasSucceeded)),
  );
  const limit = job.spec.backoffLimitPerIndex;
  const running = indexesOf(job, active);
  if (limit === undefined) {
    return { succeeded, failed: null, active: running, awaitingReplacement: new Map() };
  }
  const failed = withIndexes(
    parseIndexSet(job.status?.failedIndexes, count),
    indexesOf(
      job,
      tracked.filter((pod) => failsItsIndex(job, pod, limit)),
    ),
  );
  const awaitingReplacement = new Map<number, Pod>();
  for (const pod of tracked) {
    const index = indexOf(job, pod);
    if (index === null || !hasFailed(job, pod)) continue;
    if (hasIndex(succeeded, index) || hasIndex(failed, index) || running.has(index)) continue;
    const other = awaitingReplacement.get(index);
    if (other === undefined || isLater(pod, other)) awaitingReplacement.set(index, pod);
  }
  return { succeeded, failed, active: running, awaitingReplacement };
}

export function indexesOf(job: Job, pods: readonly Pod[]): ReadonlySet<number> {
  return new Set(pods.map((pod) => indexOf(job, pod)).filter((index) => index !== null));
}

function failsItsIndex(job: Job, pod: Pod, limit: number): boolean {
  if (!hasFailed(job, pod)) return false;
  const { action } = judgeFailure(job, pod);
  if (action === 'FailIndex') return true;
  return action !== 'Ignore' && failuresBefore(pod).counted >= limit;
}

function isLater(pod: Pod, other: Pod): boolean {
  const failures = ({ counted, ignored } = failuresBefore(pod)) => counted + ignored;
  return failures() >= failures(failuresBefore(other)) && finishedAt(pod) >= finishedAt(other);
}

/** The set of failed indexes, empty where there is none. */
export const failedIndexes = ({ indexes }: Tally): IndexSet => indexes?.failed ?? NO_INDEXES;
