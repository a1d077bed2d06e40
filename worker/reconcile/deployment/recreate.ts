import { replicasOf } from './limits.ts';
import { isActive } from './replica-set-lists.ts';
import { CONTINUE, stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';
import { scaleReplicaSet } from './scale-replica-set.ts';

/** Takes every old ReplicaSet to 0, and waits until none of their pods can be running. */
export function stopOld({ deployment, old, oldPodsRunning }: Rollout): StepResult {
  const writes = old
    .filter(isActive)
    .flatMap((replicaSet) => scaleReplicaSet(deployment, replicaSet, 0));
  if (writes.length > 0) return stopAfter(writes);
  return oldPodsRunning ? { writes: [], next: 'stop' } : CONTINUE;
}

/** Takes the current ReplicaSet to its full size in one step. */
export function fillCurrent({ deployment, current }: Rollout): StepResult {
  if (current === null || replicasOf(current) === replicasOf(deployment)) return CONTINUE;
  return stopAfter(scaleReplicaSet(deployment, current, replicasOf(deployment)));
}
