import { setCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition, KubernetesObject } from '../../../apimachinery/meta.ts';
import { POD_EVICTIONS } from '../../registry/hidden-resources.ts';
import type { NodeStanding } from '../../registry/node-standing.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Pod } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { EventRecord, EventText, Plan, Write } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { toleranceMs } from './tolerance.ts';

/** The pods of a node whose time is running: upstream's controller has them in memory. */
export interface PodEvictions extends KubernetesObject {
  /** By name. `since` is in milliseconds since the epoch. */
  pods?: Record<string, { uid: string; since: number }>;
}

export interface ObservedTaintedNode {
  readonly name: string;
  /** Null while the node holds nothing against its pods. */
  readonly standing: NodeStanding | null;
  /** The pods of this namespace that are on it. */
  readonly pods: readonly Pod[];
  readonly evictions: PodEvictions | null;
}

/** Each pod that goes takes two. */
const MAX_PODS_PER_PLAN = Math.floor(MAX_WRITES_PER_PLAN / 2);

/** Deletes the pods that do not tolerate their node's NoExecute taints, or not any longer. */
export function planTaintEviction(observed: ObservedTaintedNode, now: number): Plan {
  const { standing, evictions } = observed;
  const taints = standing?.spec.taints ?? [];
  const running: NonNullable<PodEvictions['pods']> = {};
  const going: Pod[] = [];
  const events: EventRecord[] = [];
  let nextAt = Infinity;
  for (const pod of observed.pods.filter(isEvictable)) {
    const { name, uid } = pod.metadata;
    const known = evictions?.pods?.[name];
    const counted = known?.uid === uid ? known : undefined;
    const tolerated = toleranceMs(taints, pod.spec.tolerations ?? []);
    if (tolerated === null) {
      if (counted !== undefined) events.push({ ...cancelledEvent(pod), regarding: pod });
      continue;
    }
    const since = counted?.since ?? now;
    const isOver = since + tolerated <= now;
    if (isOver) going.push(pod);
    else nextAt = Math.min(nextAt, since + tolerated);
    // It stays written down until the pod is going: its deletion may be refused, and tried again.
    if (!isOver || counted !== undefined) running[name] = { uid, since };
  }
  const writes = [
    ...noted(observed, running),
    ...going.slice(0, MAX_PODS_PER_PLAN).flatMap((pod) => eviction(pod, now)),
  ];
  const requeueAfterMs = going.length > MAX_PODS_PER_PLAN ? 0 : nextAt - now;
  return {
    writes,
    ...(events.length === 0 ? {} : { events }),
    ...(Number.isFinite(requeueAfterMs) ? { requeueAfterMs } : {}),
  };
}

const isEvictable = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && !isPodTerminal(pod);

/** Writes down whose time is running. */
function noted(
  { name, evictions }: ObservedTaintedNode,
  pods: NonNullable<PodEvictions['pods']>,
): Write[] {
  const resource = POD_EVICTIONS;
  const isEmpty = Object.keys(pods).length === 0;
  if (evictions === null) {
    const object = { apiVersion: 'fairlead.dev/v1', kind: 'PodEviction', metadata: { name }, pods };
    return isEmpty ? [] : [{ verb: 'create', resource, object }];
  }
  if (isEmpty) return [{ verb: 'delete', resource, name, uid: evictions.metadata.uid ?? '' }];
  const isSame = deepEqual(evictions.pods, pods);
  return isSame ? [] : [{ verb: 'update', resource, object: { ...evictions, pods } }];
}

function eviction(pod: Pod, now: number): Write[] {
  const { name, uid, generation } = pod.metadata;
  const before = (pod.status?.conditions ?? []) as readonly Condition[];
  const conditions = setCondition(before, {
    type: 'DisruptionTarget',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  });
  const object = { ...pod, status: { ...pod.status, conditions } };
  return [
    ...(conditions === before
      ? []
      : [{ verb: 'updateStatus' as const, resource: 'pods' as const, object }]),
    {
      verb: 'delete',
      resource: 'pods',
      name,
      uid,
      announce: { regarding: pod, onSuccess: markedEvent(pod) },
    },
  ];
}

const markedEvent = (pod: Pod): EventText => event(`Marking for deletion Pod ${fullName(pod)}`);
const cancelledEvent = (pod: Pod): EventText =>
  event(`Cancelling deletion of Pod ${fullName(pod)}`);

const fullName = ({ metadata: { namespace = '', name } }: Pod): string => `${namespace}/${name}`;

function event(message: string): EventText {
  return { type: 'Normal', reason: 'TaintManagerEviction', message };
}
