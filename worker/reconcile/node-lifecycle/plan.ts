import { formatTime } from '../../../apimachinery/meta.ts';
import { NOT_READY, UNREACHABLE } from '../../registry/node-standing.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Node, Taint } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { EventText, Plan } from '../planner.ts';

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
/**
 * How long kubelets may serve cached secrets; upstream's ttl controller gives it to every node. Here
 * it also marks the nodes that this planner has met, so that each is announced once.
 */
const TTL_ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** Which condition and status asks for which taint (upstream: nodeConditionToTaintKeyStatusMap). */
const TAINT_BY_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const MANAGED: ReadonlySet<string> = new Set([
  UNSCHEDULABLE,
  ...Object.values(TAINT_BY_CONDITION).flatMap((byStatus) => Object.values(byStatus)),
]);

/**
 * Keeps a node's NoSchedule taints in step with its conditions and with cordon, and welcomes a new
 * node. A node that has not reported Ready yet keeps the taints that it was registered with.
 */
export function planNodeLifecycle(node: Node, now: number): Plan {
  if (node.metadata.deletionTimestamp !== undefined) return EMPTY_PLAN;
  const old = node.spec?.taints ?? [];
  const taints = nextTaints(node, old, now);
  const known = node.metadata.annotations?.[TTL_ANNOTATION] !== undefined;
  if (known && deepEqual(taints, old)) return EMPTY_PLAN;
  const { taints: _, ...spec } = node.spec ?? {};
  const object = {
    ...node,
    metadata: known
      ? node.metadata
      : { ...node.metadata, annotations: { ...node.metadata.annotations, [TTL_ANNOTATION]: '0' } },
    spec: taints.length === 0 ? spec : { ...spec, taints },
  };
  const event = known ? lostEvent(node, old, taints) : registeredEvent(node);
  return {
    writes: [
      {
        verb: 'update',
        resource: 'nodes',
        object,
        ...(event === null ? {} : { announce: { regarding: node, onSuccess: event } }),
      },
    ],
  };
}

function nextTaints(node: Node, old: readonly Taint[], now: number): readonly Taint[] {
  const wanted = new Set<string>();
  if (node.spec?.unschedulable === true) wanted.add(UNSCHEDULABLE);
  const conditions = node.status?.conditions ?? [];
  for (const { type, status } of conditions) {
    const key = TAINT_BY_CONDITION[type]?.[status];
    if (key !== undefined) wanted.add(key);
  }
  if (!conditions.some(({ type }) => type === 'Ready')) {
    for (const { key } of old) if (key === NOT_READY || key === UNREACHABLE) wanted.add(key);
  }
  const isManaged = ({ key, effect }: Taint): boolean =>
    effect === 'NoSchedule' && MANAGED.has(key);
  const kept = old.filter((taint) => !isManaged(taint) || wanted.has(taint.key));
  const present = new Set(kept.filter(isManaged).map(({ key }) => key));
  const added = [...wanted]
    .filter((key) => !present.has(key))
    .map((key): Taint => ({ key, effect: 'NoSchedule', timeAdded: formatTime(now) }));
  return [...kept, ...added];
}

function registeredEvent({ metadata: { name } }: Node): EventText {
  const message = `Node ${name} event: Registered Node ${name} in Controller`;
  return { type: 'Normal', reason: 'RegisteredNode', message };
}

/** A node that was fine and is no more. That it is ready again is for its agent to say. */
function lostEvent(node: Node, old: readonly Taint[], next: readonly Taint[]): EventText | null {
  const isLost = (taints: readonly Taint[]): boolean =>
    taints.some(
      ({ key, effect }) => effect === 'NoSchedule' && (key === NOT_READY || key === UNREACHABLE),
    );
  if (isLost(old) || !isLost(next)) return null;
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  return { type: 'Normal', reason: 'NodeNotReady', message };
}
