import { findCondition, removeCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { replicasOf } from './limits.ts';
import { CONTINUE, stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';

const AVAILABLE = 'NewReplicaSetAvailable';
const TIMED_OUT = 'ProgressDeadlineExceeded';
const PAUSED = 'DeploymentPaused';
/** What "no deadline" looks like in the API beside absence: the largest int32. */
const NO_DEADLINE = 2 ** 31 - 1;

export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

/**
 * Sets a condition by the Deployment's own rules: the same status and reason leave it untouched, the
 * same status keeps its transition time, and a changed one moves to the end.
 */
export function replaceCondition(
  conditions: readonly Condition[],
  next: Condition,
): readonly Condition[] {
  const old = findCondition(conditions, next.type);
  const isSameStatus = old !== undefined && old.status === next.status;
  if (isSameStatus && old.reason === next.reason) return conditions;
  const kept =
    isSameStatus && old.lastTransitionTime !== undefined
      ? { lastTransitionTime: old.lastTransitionTime }
      : {};
  return [...removeCondition(conditions, next.type), { ...next, ...kept }];
}

export function newCondition(
  type: 'Available' | 'Progressing',
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Condition {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** A status write with this Progressing condition, or none when it is there or nobody asked for one. */
export function withProgress(
  deployment: Deployment,
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Write[] {
  if (!hasDeadline(deployment)) return [];
  const old = deployment.status?.conditions ?? [];
  const conditions = replaceCondition(
    old,
    newCondition('Progressing', status, reason, message, now),
  );
  if (conditions === old) return [];
  return [
    {
      verb: 'updateStatus',
      resource: 'deployments.apps',
      object: { ...deployment, status: { ...deployment.status, conditions: [...conditions] } },
    },
  ];
}

/** Notes pausing and resuming, so that the deadline does not run while the rollout rests. */
export function notePause({ deployment }: Rollout, now: number): StepResult {
  const reason = findCondition(deployment.status?.conditions, 'Progressing')?.reason;
  if (reason === TIMED_OUT) return CONTINUE;
  const paused = deployment.spec.paused === true;
  if (paused === (reason === PAUSED)) return CONTINUE;
  return stopAfter(
    paused
      ? withProgress(deployment, 'Unknown', PAUSED, 'Deployment is paused', now)
      : withProgress(deployment, 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now),
  );
}

/** Whether the rollout is done: everything is of the current template, and available. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(old: DeploymentStatus, next: DeploymentStatus): boolean {
  const stale = (status: DeploymentStatus): number =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    stale(next) < stale(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

/** Milliseconds until the progress deadline strikes, or null when none is running. */
export function msUntilDeadline(
  deployment: Deployment,
  status: DeploymentStatus,
  now: number,
): number | null {
  const condition = findCondition(status.conditions, 'Progressing');
  if (condition === undefined || !hasDeadline(deployment)) return null;
  const atRest: readonly (string | undefined)[] = [AVAILABLE, TIMED_OUT, PAUSED];
  if (atRest.includes(condition.reason) || isComplete(deployment, status)) return null;
  const lastUpdate = Date.parse(condition.lastUpdateTime ?? '');
  if (Number.isNaN(lastUpdate)) return null;
  // Times are stored in whole seconds, so the deadline is only surely over a second later.
  const deadlineMs = ((deployment.spec.progressDeadlineSeconds ?? 0) + 1) * 1000;
  return Math.max(0, lastUpdate + deadlineMs - now);
}

/** The conditions with what Progressing should say about this step of the rollout. */
export function judgeProgress(
  deployment: Deployment,
  current: ReplicaSet | null,
  next: DeploymentStatus,
  now: number,
): readonly Condition[] {
  const conditions = next.conditions ?? [];
  if (!hasDeadline(deployment)) return removeCondition(conditions, 'Progressing');
  const old = findCondition(conditions, 'Progressing');
  const settled = (next.replicas ?? 0) === (next.updatedReplicas ?? 0) && old?.reason === AVAILABLE;
  if (settled) return conditions;

  const subject =
    current === null
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${current.metadata.name}"`;
  if (isComplete(deployment, next)) {
    const message = `${subject} has successfully progressed.`;
    return replaceCondition(
      conditions,
      newCondition('Progressing', 'True', AVAILABLE, message, now),
    );
  }
  if (isProgressing(deployment.status ?? {}, next)) {
    const message = `${subject} is progressing.`;
    const condition = newCondition('Progressing', 'True', 'ReplicaSetUpdated', message, now);
    const since =
      old?.status === 'True' && old.lastTransitionTime !== undefined
        ? { lastTransitionTime: old.lastTransitionTime }
        : {};
    // Every bit of progress renews lastUpdateTime, from which the deadline counts.
    return [...removeCondition(conditions, 'Progressing'), { ...condition, ...since }];
  }
  if (msUntilDeadline(deployment, next, now) === 0) {
    const message = `${subject} has timed out progressing.`;
    return replaceCondition(
      conditions,
      newCondition('Progressing', 'False', TIMED_OUT, message, now),
    );
  }
  return conditions;
}
