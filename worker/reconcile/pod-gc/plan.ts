import { setCondition } from '../../../apimachinery/conditions.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Pod } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';

/** A condition that says since when it holds. */
export type TimedCondition = Condition & { lastTransitionTime: string };

/** So many pods that are over a namespace may keep. */
export const TERMINATED_THRESHOLD = 12_500;

/** Whether nothing of the pod runs any more, for good. */
export function isTerminated({ status }: Pod): boolean {
  const { phase = 'Pending' } = status ?? {};
  return phase !== 'Pending' && phase !== 'Running' && phase !== 'Unknown';
}

/** Whether the pod was asked to go, and has no node that could see to it. */
export function isAbandoned(pod: Pod): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = pod.metadata;
  if (deletionTimestamp === undefined || pod.spec.nodeName) return false;
  return grace > 0 || !isPodTerminal(pod);
}

/** Deletes the oldest of too many pods that are over, and ends those that no node can end. */
export function planPodCollection(
  pods: readonly Pod[],
  _now: number,
  threshold = TERMINATED_THRESHOLD,
): Plan {
  const terminated = pods.filter(isTerminated);
  const surplus = Math.max(0, terminated.length - threshold);
  const oldest = terminated
    .toSorted(byEvictionAndAge)
    .slice(0, surplus)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const writes = [
    ...oldest.map(deletion),
    ...pods.filter(isAbandoned).flatMap((pod) => ending(pod)),
  ];
  return writes.length <= MAX_WRITES_PER_PLAN
    ? { writes }
    : { writes: writes.slice(0, MAX_WRITES_PER_PLAN), requeueAfterMs: 0 };
}

const deletion = ({ metadata }: Pod): Write => ({
  verb: 'delete',
  resource: 'pods',
  name: metadata.name,
  uid: metadata.uid,
  gracePeriodSeconds: 0,
});

/**
 * Marks a pod as failed that nobody sees to, so that whoever counts pods knows, and deletes it without
 * a grace period. Nothing for one to which both has happened.
 *
 * @param condition says why it has failed
 */
export function ending(pod: Pod, condition?: TimedCondition): Write[] {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = pod.metadata;
  const known = (pod.status?.conditions ?? []) as readonly Condition[];
  const conditions = condition === undefined ? {} : { conditions: setCondition(known, condition) };
  const failed: Write = {
    verb: 'updateStatus',
    resource: 'pods',
    object: { ...pod, status: { ...pod.status, ...conditions, phase: 'Failed' } },
  };
  const isGoing = deletionTimestamp !== undefined && grace === 0;
  return [...(isPodTerminal(pod) ? [] : [failed]), ...(isGoing ? [] : [deletion(pod)])];
}

/** Pods that a node has turned out first, then the older ones. */
function byEvictionAndAge(a: Pod, b: Pod): number {
  return (
    Number(isEvicted(b)) - Number(isEvicted(a)) ||
    compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
    compare(a.metadata.name, b.metadata.name)
  );
}

const isEvicted = ({ status }: Pod): boolean => status?.reason === 'Evicted';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
