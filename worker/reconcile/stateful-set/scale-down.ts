import type { Pod, StatefulSet } from '../kinds.ts';
import type { ReplicaContext } from './manage-replicas.ts';
import { deletePod } from './manage-replicas.ts';
import { planRetentions } from './claims.ts';
import type { Layout } from './layout.ts';
import { isAvailable, isRunningAndReady, isTerminating } from './pod-facts.ts';
import { isOrdered, ordinalOf } from './set-facts.ts';
import { WAIT } from './step.ts';
import type { Step } from './step.ts';

/** Gives the claims of pods that have to go the owner with whom they go. Comes before they go. */
export function stepForCondemnedClaims({ set, claims }: ReplicaContext, pod: Pod): Step {
  const replica = { ordinal: ordinalOf(pod), uid: pod.metadata.uid };
  return { writes: planRetentions(set, replica, claims), next: 'continue' };
}

/** Takes a pod away that is beyond the range; where replicas are ordered, only from a healthy set. */
export function stepForCondemned(
  set: StatefulSet,
  { firstUnavailable }: Layout,
  pod: Pod,
  now: number,
): Step {
  if (isTerminating(pod)) return WAIT;
  const isHealthy = isRunningAndReady(pod) && isAvailable(pod, set.spec.minReadySeconds, now);
  if (isOrdered(set) && !isHealthy && pod !== firstUnavailable) return WAIT;
  return { writes: [deletePod(set, pod)], next: 'wait' };
}
