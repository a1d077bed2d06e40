import type { NodePlace } from '../../registry/node-place.ts';
import type { DaemonSet, Pod } from '../kinds.ts';
import type { EventText } from '../planner.ts';
import { isPodReady, msUntilAvailable } from '../pods/pod-readiness.ts';
import type { FailureBackoff } from './backoff.ts';
import type { Changes } from './changes.ts';
import type { Placement } from './placement.ts';
import type { PodsByNode } from './pods-by-node.ts';
import { allowsSurge, HASH_LABEL } from './set-facts.ts';

export interface DaemonContext {
  readonly set: DaemonSet;
  /** Of the template. */
  readonly hash: string;
  readonly places: readonly NodePlace[];
  readonly placement: (place: NodePlace) => Placement;
  readonly byNode: PodsByNode;
  readonly backoff: FailureBackoff;
  readonly now: number;
}

export const isUpdated = ({ metadata }: Pod, hash: string): boolean =>
  metadata.labels?.[HASH_LABEL] === hash;

export const isAvailable = (set: DaemonSet, pod: Pod, now: number): boolean =>
  msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now) === 0;

export const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

interface Collected {
  readonly creates: string[];
  readonly deletes: Pod[];
  readonly events: EventText[];
  waitMs: number | null;
}

/** Gives every node that should have a pod one, and takes away what is too much or has ended. */
export function manageNodes(context: DaemonContext): Changes {
  const { places, byNode, placement } = context;
  const changes: Collected = { creates: [], deletes: [], events: [], waitMs: null };
  for (const place of places) {
    const { name } = place.metadata;
    const pods = byNode.get(name) ?? [];
    const { shouldRun, mayStay } = placement(place);
    if (shouldRun && pods.length === 0) changes.creates.push(name);
    else if (!mayStay) changes.deletes.push(...pods.filter((pod) => !isLeaving(pod)));
    else manageNode(context, changes, name, pods, shouldRun);
  }
  changes.deletes.push(...strandedPods(context));
  return changes;
}

function manageNode(
  context: DaemonContext,
  changes: Collected,
  node: string,
  pods: readonly Pod[],
  shouldRun: boolean,
): void {
  const running: Pod[] = [];
  for (const pod of pods.filter((candidate) => !isLeaving(candidate))) {
    switch (pod.status?.phase) {
      case 'Failed':
        replaceFailed(context, changes, node, pod);
        break;
      case 'Succeeded':
        changes.deletes.push(pod);
        changes.events.push({
          type: 'Normal',
          reason: 'SucceededDaemonPod',
          message: `Found succeeded daemon pod ${pathOf(pod)} on node ${node}, will try to delete it`,
        });
        break;
      default:
        running.push(pod);
    }
  }
  if (!allowsSurge(context.set)) changes.deletes.push(...running.slice(1));
  else if (running.length > 1) changes.deletes.push(...surplusOfSurge(context, running));
  else if (running.length === 0 && shouldRun && pods.length > 0) changes.creates.push(node);
}

/** Node and controller may disagree about a pod again and again: each round takes longer. */
function replaceFailed(
  { backoff }: DaemonContext,
  changes: Collected,
  node: string,
  pod: Pod,
): void {
  const left = backoff.msLeft(node);
  if (left > 0) {
    changes.waitMs = Math.min(changes.waitMs ?? Infinity, left);
    return;
  }
  backoff.count(node);
  changes.deletes.push(pod);
  changes.events.push({
    type: 'Warning',
    reason: 'FailedDaemonPod',
    message: `Found failed daemon pod ${pathOf(pod)} on node ${node}, will try to kill it`,
  });
}

/**
 * With surge a node may have the oldest of the old pods and the oldest of the new ones, for as long
 * as the old one is ready and the new one is not available yet.
 */
function surplusOfSurge({ set, hash, now }: DaemonContext, running: readonly Pod[]): Pod[] {
  const fresh = running.find((pod) => isUpdated(pod, hash));
  const old = running.find((pod) => !isUpdated(pod, hash));
  const surplus = running.filter((pod) => pod !== fresh && pod !== old);
  if (fresh === undefined || old === undefined) return surplus;
  return !isPodReady(old) || isAvailable(set, fresh, now) ? [...surplus, old] : surplus;
}

/** Pods that wait for a node that is gone: nobody else would ever remove them. */
function strandedPods({ places, byNode }: DaemonContext): Pod[] {
  const known = new Set(places.map(({ metadata }) => metadata.name));
  return [...byNode]
    .filter(([node]) => !known.has(node))
    .flatMap(([, pods]) => pods)
    .filter((pod) => !pod.spec.nodeName && !isLeaving(pod));
}

const pathOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ''}/${metadata.name}`;
