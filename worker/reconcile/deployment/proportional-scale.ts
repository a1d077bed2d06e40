import type { Deployment, ReplicaSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { desiredReplicasOf, maxReplicasOf } from './annotations.ts';
import { isRollingUpdate, replicasOf, rolloutLimits } from './limits.ts';
import { byAge, bySize, isActive, sumReplicas } from './replica-set-lists.ts';
import { allReplicaSets, CONTINUE, stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';
import { scaleReplicaSet } from './scale-replica-set.ts';

/**
 * Whether the wanted count changed since a ReplicaSet with replicas was last sized. Not so where
 * Recreate finds several of them with replicas: nothing is shared out then, and the rollout itself
 * stops all but one.
 */
export function isScalingEvent(rollout: Rollout): boolean {
  const { deployment } = rollout;
  const desired = replicasOf(deployment);
  const active = allReplicaSets(rollout).filter(isActive);
  if (active.length > 1 && !isRollingUpdate(deployment)) return false;
  return active.some((replicaSet) => (desiredReplicasOf(replicaSet) ?? desired) !== desired);
}

/**
 * Follows a change of the wanted count without rolling anything out. With one ReplicaSet in use it
 * takes the whole change; in the middle of a rollout all of them take their share of it, which keeps
 * the risk where it was: a half-done rollout stays half done.
 */
export function scaleProportionally(rollout: Rollout): StepResult {
  const { deployment, current, old } = rollout;
  const desired = replicasOf(deployment);
  const sole = activeOrLatest(rollout);
  if (sole !== null) return stopAfter(scaleReplicaSet(deployment, sole, desired));
  if (current !== null && isSaturated(deployment, current)) {
    return stopAfter(
      old.filter(isActive).flatMap((replicaSet) => scaleReplicaSet(deployment, replicaSet, 0)),
    );
  }
  // Recreate has no surge to share out; the rollout itself stops all but one.
  return isRollingUpdate(deployment) ? stopAfter(scaleByShare(rollout)) : CONTINUE;
}

/** The only ReplicaSet with replicas, or where none has any the one to start with; else null. */
function activeOrLatest(rollout: Rollout): ReplicaSet | null {
  const active = allReplicaSets(rollout).filter(isActive);
  if (active.length > 1) return null;
  return active[0] ?? rollout.current ?? [...rollout.old].sort(byAge).at(-1) ?? null;
}

/** Whether the current ReplicaSet alone has everything that is wanted, and available. */
function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const desired = replicasOf(deployment);
  return (
    desiredReplicasOf(current) === desired &&
    replicasOf(current) === desired &&
    (current.status?.availableReplicas ?? 0) === desired
  );
}

function scaleByShare(rollout: Rollout): Write[] {
  const { deployment } = rollout;
  const desired = replicasOf(deployment);
  const allowed = desired === 0 ? 0 : desired + rolloutLimits(deployment).maxSurge;
  const active = allReplicaSets(rollout).filter(isActive);
  const toAdd = allowed - sumReplicas(active);
  const ordered = [...active].sort(bySize(toAdd > 0));

  let added = 0;
  const sizes = ordered.map((replicaSet) => {
    const share = shareOf(replicaSet, deployment, toAdd, added);
    added += share;
    return replicasOf(replicaSet) + share;
  });
  // What rounding left over goes to the largest.
  if (sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + toAdd - added);
  return ordered.flatMap((replicaSet, index) =>
    scaleReplicaSet(deployment, replicaSet, sizes[index] ?? replicasOf(replicaSet)),
  );
}

/** How many of the replicas to add (or, negative, to remove) fall to this ReplicaSet. */
function shareOf(
  replicaSet: ReplicaSet,
  deployment: Deployment,
  toAdd: number,
  added: number,
): number {
  const size = replicasOf(replicaSet);
  if (toAdd === 0 || toAdd === added) return 0;
  const share = fairSize(replicaSet, deployment) - size;
  return toAdd > 0
    ? Math.max(0, Math.min(share, toAdd - added))
    : Math.min(0, Math.max(share, toAdd - added));
}

/** The size that keeps this ReplicaSet's part of the whole, rounded half up. */
function fairSize(replicaSet: ReplicaSet, deployment: Deployment): number {
  const desired = replicasOf(deployment);
  if (desired === 0) return 0;
  const size = replicasOf(replicaSet);
  const maxBefore = maxReplicasOf(replicaSet) || (deployment.status?.replicas ?? 0);
  if (maxBefore === 0) return size;
  return Math.round((size * (desired + rolloutLimits(deployment).maxSurge)) / maxBefore);
}
