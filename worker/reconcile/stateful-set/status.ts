import type { Pod, StatefulSet, StatefulSetStatus } from '../kinds.ts';
import { omitZeros } from '../omit-zeros.ts';
import { msUntilAvailable } from '../pods/pod-readiness.ts';
import type { Revisions } from './new-pod.ts';
import { isRunningAndReady, isTerminating, revisionOf } from './pod-facts.ts';
import { replicasOf } from './set-facts.ts';

export interface ComputedStatus {
  readonly status: StatefulSetStatus;
  /** Milliseconds until the next ready pod becomes available; null when none is waiting. */
  readonly nextAvailableMs: number | null;
}

/** Counts the pods. `updating` is the one, if any, that the plan replaces: it is current no more. */
export function computeStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  { current, update }: Revisions,
  updating: Pod | null,
  now: number,
): ComputedStatus {
  const counts = {
    readyReplicas: 0,
    currentReplicas: 0,
    updatedReplicas: 0,
    observedGeneration: set.metadata.generation ?? 0,
  };
  let availableReplicas = 0;
  let nextAvailableMs: number | null = null;
  for (const pod of pods) {
    if (isRunningAndReady(pod)) {
      counts.readyReplicas++;
      const waitMs = msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now) ?? 0;
      if (waitMs === 0) availableReplicas++;
      else nextAvailableMs = Math.min(nextAvailableMs ?? Infinity, waitMs);
    }
    if (isTerminating(pod)) continue;
    if (revisionOf(pod) === current.metadata.name && pod !== updating) counts.currentReplicas++;
    if (revisionOf(pod) === update.metadata.name) counts.updatedReplicas++;
  }
  let currentRevision = current.metadata.name;
  const all = replicasOf(set);
  const isDone =
    (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' &&
    [pods.length, counts.updatedReplicas, counts.readyReplicas].every((count) => count === all);
  if (isDone) {
    counts.currentReplicas = counts.updatedReplicas;
    currentRevision = update.metadata.name;
  }
  const status: StatefulSetStatus = {
    ...omitZeros(counts),
    replicas: pods.length,
    currentRevision,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas,
  };
  return { status, nextAvailableMs };
}

const COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
] as const;

/**
 * Whether the status says something new. Conditions are nothing that this controller knows: what
 * somebody has put there stays until the status changes.
 */
export function isNews(set: StatefulSet, next: StatefulSetStatus): boolean {
  const { status: old } = set;
  return (
    (next.observedGeneration ?? 0) > (old?.observedGeneration ?? 0) ||
    COUNTS.some((count) => (next[count] ?? 0) !== (old?.[count] ?? 0)) ||
    next.currentRevision !== old?.currentRevision ||
    next.updateRevision !== old?.updateRevision
  );
}
