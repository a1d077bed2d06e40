import type { Deployment, ReplicaSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { isRollingUpdate, replicasOf, rolloutLimits } from './limits.ts';
import { byAge, sumReplicas, sumStatus } from './replica-set-lists.ts';
import { CONTINUE, allReplicaSets, stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';
import { scaleReplicaSet } from './scale-replica-set.ts';

/**
 * How large the current ReplicaSet may be: as large as wanted, but never so that all together
 * exceed the wanted count plus surge. `size` is what it has.
 */
export function sizeOfCurrent(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  size: number,
): number {
  const desired = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = desired + rolloutLimits(deployment).maxSurge - sumReplicas(all);
  return room <= 0 ? size : size + Math.min(room, desired - size);
}

/** Grows the current ReplicaSet as far as the surge allows, or cuts it to the wanted count. */
export function growCurrent(rollout: Rollout): StepResult {
  const { deployment, current } = rollout;
  if (current === null) return CONTINUE;
  const desired = replicasOf(deployment);
  const size = replicasOf(current);
  if (size === desired) return CONTINUE;
  const target =
    size > desired ? desired : sizeOfCurrent(deployment, allReplicaSets(rollout), size);
  return stopAfter(target === size ? [] : scaleReplicaSet(deployment, current, target));
}

/**
 * Shrinks the old ReplicaSets, replicas that are not available first, as long as enough replicas
 * stay available. Replicas of the current ReplicaSet that are not available yet are held against
 * the budget, so that nothing is taken away on the strength of pods that may never come up.
 */
export function shrinkOld(rollout: Rollout): StepResult {
  const { deployment, current, old } = rollout;
  if (sumReplicas(old) === 0) return CONTINUE;
  const all = allReplicaSets(rollout);
  const minAvailable = replicasOf(deployment) - rolloutLimits(deployment).maxUnavailable;
  const currentUnavailable =
    current === null ? 0 : replicasOf(current) - (current.status?.availableReplicas ?? 0);
  const budget = sumReplicas(all) - minAvailable - currentUnavailable;
  if (budget <= 0) return CONTINUE;

  const ordered = [...old].sort(byAge);
  const sizes = new Map(ordered.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  takeFrom(sizes, budget, (replicaSet, size) => size - (replicaSet.status?.availableReplicas ?? 0));
  const spare = sumStatus(all, 'availableReplicas') - minAvailable;
  takeFrom(sizes, spare, (_replicaSet, size) => size);
  return stopAfter(writeSizes(deployment, sizes));
}

/** Takes up to `budget` replicas in the order of the map, from each what `removable` says at most. */
function takeFrom(
  sizes: Map<ReplicaSet, number>,
  budget: number,
  removable: (replicaSet: ReplicaSet, size: number) => number,
): void {
  let left = budget;
  for (const [replicaSet, size] of sizes) {
    const taken = Math.max(0, Math.min(left, size, removable(replicaSet, size)));
    sizes.set(replicaSet, size - taken);
    left -= taken;
  }
}

function writeSizes(deployment: Deployment, sizes: ReadonlyMap<ReplicaSet, number>): Write[] {
  return [...sizes].flatMap(([replicaSet, size]) =>
    size === replicasOf(replicaSet) ? [] : scaleReplicaSet(deployment, replicaSet, size),
  );
}
