import { findCondition, removeCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import { labelPredicate } from '../selector.ts';
import type { Pod, ReplicaSetStatus } from '../kinds.ts';
import { msUntilAvailable } from '../pods/pod-readiness.ts';
import { omitZeros } from '../omit-zeros.ts';
import type { ReplicaOwner } from './flavor.ts';

export interface ComputedStatus {
  readonly status: ReplicaSetStatus;
  /** Milliseconds until the next ready pod becomes available, or null when none is waiting. */
  readonly nextAvailableMs: number | null;
}

/** What the last commit for this owner failed with, and what it was trying to do. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/**
 * Counts the replicas. `active` are the claimed pods that count, `terminating` how many are leaving,
 * null where the kind does not say.
 */
export function computeStatus(
  owner: ReplicaOwner,
  active: readonly Pod[],
  terminating: number | null,
  failure: ReplicaFailure | null,
  now: number,
): ComputedStatus {
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  const fullyLabeled = labelPredicate({ matchLabels: owner.spec.template?.metadata?.labels ?? {} });
  let fullyLabeledReplicas = 0;
  let readyReplicas = 0;
  let availableReplicas = 0;
  let nextAvailableMs: number | null = null;
  for (const pod of active) {
    if (fullyLabeled(pod.metadata.labels)) fullyLabeledReplicas++;
    const waitMs = msUntilAvailable(pod, minReadySeconds, now);
    if (waitMs === null) continue;
    readyReplicas++;
    if (waitMs === 0) availableReplicas++;
    else nextAvailableMs = Math.min(nextAvailableMs ?? Infinity, waitMs);
  }
  const conditions = withFailure(owner.status?.conditions ?? [], failure, now);
  const status: ReplicaSetStatus = {
    replicas: active.length,
    ...omitZeros({ fullyLabeledReplicas, readyReplicas, availableReplicas }),
    ...(terminating === null ? {} : { terminatingReplicas: terminating }),
    ...omitZeros({ observedGeneration: owner.metadata.generation ?? 0 }),
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
  };
  return { status, nextAvailableMs };
}

/** The condition keeps the message of the first failure until one commit goes well, as upstream. */
function withFailure(
  conditions: readonly Condition[],
  failure: ReplicaFailure | null,
  now: number,
): readonly Condition[] {
  if (failure === null) return removeCondition(conditions, 'ReplicaFailure');
  if (findCondition(conditions, 'ReplicaFailure') !== undefined) return conditions;
  const condition: Condition = {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: failure.reason,
    message: failure.message,
  };
  return [...conditions, condition];
}
