import { formatTime } from '../../../apimachinery/meta.ts';
import { NODE_STANDINGS } from '../../registry/hidden-resources.ts';
import type { NodeStanding } from '../../registry/node-standing.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Change, Plan, Planner, Reader, Write } from '../planner.ts';
import { isPodReady } from '../pods/pod-readiness.ts';

/**
 * A key is the name of a node. It is due when the node is lost, and not when a pod changes: what is
 * said of a pod after that is its node's own word, which is newer.
 */
export const unreachablePodsPlanner: Planner<readonly Pod[]> = {
  name: 'node-lifecycle-controller',
  account: 'node-controller',
  keysFor: ({ resource, name, before, after }: Change) =>
    resource === NODE_STANDINGS && lostAt(after) !== undefined && lostAt(after) !== lostAt(before)
      ? [name]
      : [],
  observe(reader: Reader, key) {
    if (lostAt(reader.get(NODE_STANDINGS, key)) === undefined) return null;
    return asList<Pod>(reader.list('pods')).filter(({ spec }) => spec.nodeName === key);
  },
  plan: planUnreachablePods,
};

const lostAt = (standing: Change['after']): string | undefined =>
  standing === null ? undefined : as<NodeStanding>(standing).spec?.unreachableSince;

/** Takes pods of a lost node for not ready (upstream's MarkPodsNotReady). */
export function planUnreachablePods(pods: readonly Pod[], now: number): Plan {
  const ready = pods.filter(isPodReady);
  const writes = ready.slice(0, MAX_WRITES_PER_PLAN).map((pod) => unready(pod, now));
  return ready.length > MAX_WRITES_PER_PLAN ? { writes, requeueAfterMs: 0 } : { writes };
}

function unready(pod: Pod, now: number): Write {
  const conditions = pod.status?.conditions?.map((condition) =>
    condition.type === 'Ready'
      ? { ...condition, status: 'False', lastTransitionTime: formatTime(now) }
      : condition,
  );
  return {
    verb: 'updateStatus',
    resource: 'pods',
    object: { ...pod, status: { ...pod.status, conditions } },
    announce: {
      regarding: pod,
      onSuccess: { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
    },
  };
}
