import { findCondition, removeCondition } from '../../../apimachinery/conditions.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../kinds.ts';
import { omitZeros } from '../omit-zeros.ts';
import type { Plan, Write } from '../planner.ts';
import { replicasOf, rolloutLimits } from './limits.ts';
import { judgeProgress, msUntilDeadline, newCondition, replaceCondition } from './progress.ts';
import { sumReplicas, sumStatus } from './replica-set-lists.ts';
import { allReplicaSets } from './rollout.ts';
import type { Rollout } from './rollout.ts';

/** The status of a Deployment whose rollout is at rest: paused, being scaled, or being deleted. */
export function planStatus(rollout: Rollout, now: number): Plan {
  return { writes: writeStatus(rollout.deployment, countReplicas(rollout, now)) };
}

/** The status in the course of a rollout: with progress, and with the time of its deadline. */
export function planRolloutStatus(rollout: Rollout, now: number): Plan {
  const { deployment, current } = rollout;
  const counted = countReplicas(rollout, now);
  const judged = judgeProgress(deployment, current, counted, now);
  const conditions = withReplicaFailure(judged, rollout);
  const status = { ...counted, conditions: [...conditions] };
  const deadlineMs = msUntilDeadline(deployment, status, now);
  const writes = writeStatus(deployment, status);
  return deadlineMs === null ? { writes } : { writes, requeueAfterMs: deadlineMs };
}

function writeStatus(deployment: Deployment, status: DeploymentStatus): Write[] {
  if (deepEqual(status, deployment.status)) return [];
  return [
    { verb: 'updateStatus', resource: 'deployments.apps', object: { ...deployment, status } },
  ];
}

function countReplicas(rollout: Rollout, now: number): DeploymentStatus {
  const { deployment, current } = rollout;
  const all = allReplicaSets(rollout);
  const availableReplicas = sumStatus(all, 'availableReplicas');
  const conditions = withAvailability(deployment, availableReplicas, now);
  const { collisionCount } = deployment.status ?? {};
  return {
    ...omitZeros({
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: sumStatus(all, 'replicas'),
      updatedReplicas: current?.status?.replicas ?? 0,
      readyReplicas: sumStatus(all, 'readyReplicas'),
      availableReplicas,
      unavailableReplicas: Math.max(0, sumReplicas(all) - availableReplicas),
    }),
    terminatingReplicas: sumStatus(all, 'terminatingReplicas'),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: [...conditions],
  };
}

function withAvailability(
  deployment: Deployment,
  available: number,
  now: number,
): readonly Condition[] {
  const isAvailable =
    available >= replicasOf(deployment) - rolloutLimits(deployment).maxUnavailable;
  return replaceCondition(
    deployment.status?.conditions ?? [],
    isAvailable
      ? newCondition(
          'Available',
          'True',
          'MinimumReplicasAvailable',
          'Deployment has minimum availability.',
          now,
        )
      : newCondition(
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
          now,
        ),
  );
}

/** Passes on what a ReplicaSet says about failing to make pods, the current one's word first. */
function withReplicaFailure(
  conditions: readonly Condition[],
  { current, old }: Rollout,
): readonly Condition[] {
  const failures = [current, ...old]
    .filter((replicaSet): replicaSet is ReplicaSet => replicaSet !== null)
    .flatMap((replicaSet) => findCondition(replicaSet.status?.conditions, 'ReplicaFailure') ?? []);
  const failure = failures[0];
  if (failure === undefined) return removeCondition(conditions, 'ReplicaFailure');
  const { lastTransitionTime } = failure;
  return replaceCondition(conditions, {
    ...failure,
    ...(lastTransitionTime === undefined ? {} : { lastUpdateTime: lastTransitionTime }),
  });
}
