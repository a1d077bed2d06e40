import type { Job, Pod } from '../kinds.ts';
import { indexCount, replacesOnlyFailed } from './job-facts.ts';

/** Keeps a pod until its job has counted it. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
/** Label and annotation alike. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';

const MAX_INT32 = 2 ** 31 - 1;

/** Whether the pod has not been counted yet: what has lost the finalizer was, or is not to be. */
export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

export function withTracking(pod: Pod): Pod {
  if (isTracked(pod)) return pod;
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING_FINALIZER];
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}

export function withoutTracking(pod: Pod): Pod {
  const { finalizers = [], ...metadata } = pod.metadata;
  const kept = finalizers.filter((finalizer) => finalizer !== TRACKING_FINALIZER);
  return {
    ...pod,
    metadata: kept.length === 0 ? metadata : { ...metadata, finalizers: kept },
  };
}

/** The index of an Indexed job's pod; null where there is none, or none of this job's. */
export function indexOf(job: Job, pod: Pod): number | null {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX] ?? '';
  const index = /^\+?\d+$/.test(text) ? Number(text) : Infinity;
  return index < (indexCount(job) ?? 0) ? index : null;
}

/** Whether the pod can count for the job at all: in an Indexed one it must have an index. */
export function isCountable(job: Job, pod: Pod): boolean {
  return indexCount(job) === null || indexOf(job, pod) !== null;
}

export const hasSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded';

/**
 * Whether the pod is a failure. One that was asked to go is, unless only finished pods are
 * replaced: it may never reach a phase that says so.
 */
export function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesOnlyFailed(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && !hasSucceeded(pod);
}

/** Failures of the pod's index before this pod, those that a policy ignores apart. */
export function failuresBefore(pod: Pod): { counted: number; ignored: number } {
  return {
    counted: int32(pod.metadata.annotations?.[FAILURE_COUNT]),
    ignored: int32(pod.metadata.annotations?.[IGNORED_FAILURE_COUNT]),
  };
}

function int32(text = ''): number {
  const value = /^\+?\d+$/.test(text) ? Number(text) : 0;
  return value <= MAX_INT32 ? value : 0;
}

/**
 * When the pod ended, in milliseconds since the epoch: when its last container did, or when it
 * stopped being ready, or when it was asked to go, or, for want of all these, when it was made
 * (upstream: getFinishedTime in pkg/controller/job/backoff_utils.go).
 */
export function finishedAt(pod: Pod): number {
  return (
    lastContainerEnd(pod) ??
    readinessLostAt(pod) ??
    askedToGoAt(pod) ??
    timeOf(pod.metadata.creationTimestamp) ??
    0
  );
}

function lastContainerEnd({ spec, status }: Pod): number | null {
  const sidecars = new Set(
    spec.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ];
  let last: number | null = null;
  for (const { state } of statuses) {
    const end = timeOf(state?.terminated?.finishedAt);
    if (end === null) return null;
    last = Math.max(last ?? 0, end);
  }
  return last;
}

function readinessLostAt({ status }: Pod): number | null {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'False' ? timeOf(ready.lastTransitionTime) : null;
}

function askedToGoAt({ metadata }: Pod): number | null {
  const deletion = timeOf(metadata.deletionTimestamp);
  if (deletion === null) return null;
  return deletion - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
}

function timeOf(text: string | null | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}
