import type { Job, Pod } from '../kinds.ts';
import {
  failuresBefore,
  finishedAt,
  hasFailed,
  hasSucceeded,
  isCountable,
  isTracked,
} from './pod-facts.ts';

const FIRST_DELAY_MS = 10_000;
const MAX_DELAY_MS = 10 * 60_000;

/**
 * Milliseconds until a failed pod may be replaced: ten seconds, doubled by every further failure
 * since the last success, counted over the pods that are there. A pod that lost its finalizer and
 * is being deleted is none of them: it may have been taken away, not failed.
 */
export function msUntilReplacement(job: Job, pods: readonly Pod[], now: number): number {
  const countable = pods.filter((pod) => isCountable(job, pod));
  const lastSuccess = latest(countable.filter(hasSucceeded).map(finishedAt));
  const failures = countable
    .filter((pod) => isTracked(pod) || pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => hasFailed(job, pod))
    .map(finishedAt)
    .filter((time) => time > lastSuccess);
  return msLeft(failures.length, latest(failures), now);
}

/** The same for one index with a backoff limit of its own, by the pod that failed last. */
export function msUntilIndexReplacement(lastFailed: Pod | undefined, now: number): number {
  if (lastFailed === undefined) return 0;
  const { counted, ignored } = failuresBefore(lastFailed);
  return msLeft(counted + ignored + 1, finishedAt(lastFailed), now);
}

function msLeft(failures: number, lastFailure: number, now: number): number {
  if (failures === 0) return 0;
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
  return Math.max(0, lastFailure + delay - now);
}

/** Like Math.max, for as many times as a job may have pods. */
function latest(times: readonly number[]): number {
  return times.reduce((last, time) => Math.max(last, time), -Infinity);
}
