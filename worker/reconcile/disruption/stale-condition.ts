import { findCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import { as } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan, Planner } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';

const DISRUPTION_TARGET = 'DisruptionTarget';
/** How long after it was announced a disruption must have come. Milliseconds. */
const STALE_AFTER_MS = 2 * 60_000;
/** What a node announces may take as long as it likes. */
const BY_KUBELET = 'TerminationByKubelet';

/** Takes back that a pod is about to be disrupted when, after a while, nobody has deleted it. */
export const staleDisruptionPlanner: Planner<Pod> = {
  name: 'stale-pod-disruption-controller',
  keysFor: ({ resource, name, after }) =>
    resource === 'pods' && after !== null && announcedAt(as<Pod>(after)) !== null ? [name] : [],
  observe(reader, key) {
    const pod = reader.get('pods', key);
    return pod === null ? null : as<Pod>(pod);
  },
  plan: planStaleCondition,
};

const conditionsOf = (pod: Pod): readonly Condition[] =>
  (pod.status?.conditions ?? []) as readonly Condition[];

/** When a disruption of the pod was announced that did not come yet; null without one. */
function announcedAt(pod: Pod): number | null {
  if (pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return null;
  const condition = findCondition(conditionsOf(pod), DISRUPTION_TARGET);
  if (condition?.status !== 'True' || condition.reason === BY_KUBELET) return null;
  const since = Date.parse(condition.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : since;
}

export function planStaleCondition(pod: Pod, now: number): Plan {
  const since = announcedAt(pod);
  if (since === null) return EMPTY_PLAN;
  const waitMs = since + STALE_AFTER_MS - now;
  if (waitMs > 0) return { writes: [], requeueAfterMs: waitMs };
  const conditions = conditionsOf(pod).map((condition): Condition => {
    if (condition.type !== DISRUPTION_TARGET) return condition;
    const { generation } = pod.metadata;
    return {
      type: DISRUPTION_TARGET,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      status: 'False',
      lastProbeTime: null,
      lastTransitionTime: formatTime(now),
    };
  });
  const object = { ...pod, status: { ...pod.status, conditions } };
  return { writes: [{ verb: 'updateStatus', resource: 'pods', object }] };
}
