import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';

/** What became of a pod: a node, or the message that says why none would do. */
export type SchedulingOutcome = { readonly nodeName: string } | { readonly message: string };

/**
 * The PodScheduled condition for an outcome. To be put in place with `setCondition`, which keeps the
 * transition time while the status stays, and changes nothing when the message is the same.
 * `generation` is the pod's.
 */
export function podScheduledCondition(
  outcome: SchedulingOutcome,
  now: number,
  generation?: number,
): Condition & { lastTransitionTime: string } {
  const isBound = 'nodeName' in outcome;
  return {
    type: 'PodScheduled',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: isBound ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
    ...(isBound ? {} : { reason: 'Unschedulable', message: outcome.message }),
  };
}
