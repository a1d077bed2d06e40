import type { Deployment, ReplicaSet } from '../kinds.ts';
import { planClaims } from '../claim.ts';
import type { Plan } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import { cleanupHistory } from './cleanup.ts';
import { isRollingUpdate } from './limits.ts';
import { isComplete, notePause } from './progress.ts';
import { isScalingEvent, scaleProportionally } from './proportional-scale.ts';
import { fillCurrent, stopOld } from './recreate.ts';
import { byAge } from './replica-set-lists.ts';
import { growCurrent, shrinkOld } from './rolling.ts';
import { CONTINUE } from './rollout.ts';
import type { Rollout, Step } from './rollout.ts';
import { planRolloutStatus, planStatus } from './status.ts';
import { createCurrent, syncRevision } from './sync-revisions.ts';
import { isSameTemplate } from './template.ts';

export interface ObservedDeployment {
  readonly deployment: Deployment;
  /** ReplicaSets that the Deployment controls. */
  readonly controlled: readonly ReplicaSet[];
  /** ReplicaSets without a controller that its selector matches. */
  readonly orphans: readonly ReplicaSet[];
  /** UIDs of the controlled ReplicaSets that have pods which may be running; read for Recreate only. */
  readonly withRunningPods: readonly string[];
  /** Whether an object has the name that a new ReplicaSet of the current template would get. */
  readonly nameTaken: boolean;
  readonly namespaceTerminating: boolean;
  readonly lastFailure: { readonly reason: string; readonly message: string } | null;
}

/**
 * Moves a Deployment one step towards its template and size. A step that writes ReplicaSets ends
 * the plan with the status that goes with it; what it led to makes the Deployment due again.
 */
export function planDeployment(observed: ObservedDeployment, now: number): Plan {
  const { deployment, controlled, orphans } = observed;
  const deleting = deployment.metadata.deletionTimestamp !== undefined;
  const { name, uid } = deployment.metadata;
  const claims = planClaims(
    { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, deleting },
    'replicasets.apps',
    controlled,
    orphans,
    labelPredicate(deployment.spec.selector),
  );
  if (claims.writes.length > 0) return { writes: claims.writes };
  const rollout = rolloutOf(observed, claims.claimed);
  if (deleting) return planStatus(rollout, now);

  const create: Step = observed.namespaceTerminating
    ? () => CONTINUE
    : (r, at) => createCurrent(r, at, observed.nameTaken);
  const atRest = deployment.spec.paused === true || isScalingEvent(rollout);
  for (const step of atRest ? restingSteps(rollout) : rollingOutSteps(rollout, create)) {
    const { writes, next } = step(rollout, now);
    if (next === 'continue') continue;
    if (writes.some((write) => write.resource === 'deployments.apps')) return { writes };
    const status = atRest ? planStatus(rollout, now) : planRolloutStatus(rollout, now);
    return { ...status, writes: [...writes, ...status.writes] };
  }
  return atRest ? planStatus(rollout, now) : planRolloutStatus(rollout, now);
}

function restingSteps({ deployment }: Rollout): readonly Step[] {
  const steps: Step[] = [notePause, syncRevision, scaleProportionally];
  return deployment.spec.paused === true ? [...steps, cleanupHistory] : steps;
}

function rollingOutSteps({ deployment }: Rollout, create: Step): readonly Step[] {
  return isRollingUpdate(deployment)
    ? [notePause, syncRevision, create, growCurrent, shrinkOld, cleanupWhenComplete]
    : [notePause, syncRevision, stopOld, create, fillCurrent, cleanupWhenComplete];
}

/** History is only thrown away when nothing is in the way of rolling back to it. */
const cleanupWhenComplete: Step = (rollout) =>
  isComplete(rollout.deployment, rollout.deployment.status ?? {})
    ? cleanupHistory(rollout)
    : CONTINUE;

/** Tells the ReplicaSet of the current template from the others; the oldest, where several have it. */
function rolloutOf(observed: ObservedDeployment, claimed: readonly ReplicaSet[]): Rollout {
  const { deployment, lastFailure } = observed;
  const ordered = [...claimed].sort(byAge);
  const current =
    ordered.find(({ spec }) => isSameTemplate(spec.template ?? {}, deployment.spec.template)) ??
    null;
  const old = ordered.filter((replicaSet) => replicaSet !== current);
  const running = new Set(observed.withRunningPods);
  const oldPodsRunning = old.some(
    ({ metadata, status }) => (status?.replicas ?? 0) > 0 || running.has(metadata.uid),
  );
  return { deployment, current, old, oldPodsRunning, lastFailure };
}
