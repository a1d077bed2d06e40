import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';

/** The condition of a pod that goes for one of higher priority. `generation` is the pod's. */
export function disruptionCondition(
  now: number,
  generation?: number,
): Condition & { lastTransitionTime: string } {
  return {
    type: 'DisruptionTarget',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
  };
}
