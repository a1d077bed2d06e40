import { formatTime } from '../../../apimachinery/meta.ts';
import { NODE_STANDINGS } from '../../registry/hidden-resources.ts';
import { NOT_READY, UNREACHABLE, type NodeStanding } from '../../registry/node-standing.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Change, Plan, Planner, Reader } from '../planner.ts';
import { ending, type TimedCondition } from './plan.ts';

/** Whoever sets it says that nothing runs on the node any more. */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** Upstream's quarantine: a Node that was deleted by mistake may be back. Milliseconds. */
const QUARANTINE_MS = 40_000;
/** As often as upstream looks. Milliseconds. */
const PERIOD_MS = 20_000;
/** Each pod that goes takes two. */
const MAX_PODS_PER_PLAN = Math.floor(MAX_WRITES_PER_PLAN / 2);

/** Of a node whose pods have no one that would see to them. */
type Loss = 'gone' | 'out-of-service';

export interface ObservedOrphans {
  readonly loss: Loss;
  /** Those of the namespace that are on the node. */
  readonly pods: readonly Pod[];
}

/** A key is `<loss>/<node>`: the two are looked at after different times. */
export const orphanedPodsPlanner: Planner<ObservedOrphans> = {
  name: 'orphaned-pods',
  account: 'pod-garbage-collector',
  keysFor,
  delayMs: (key) => (key.startsWith('gone/') ? QUARANTINE_MS : PERIOD_MS),
  observe,
  plan: planOrphans,
};

function keysFor({ resource, name, after }: Change, reader: Reader): readonly string[] {
  if (after === null) return [];
  if (resource === NODE_STANDINGS) return keyOf(name, after);
  if (resource !== 'pods') return [];
  const { nodeName = '' } = as<Pod>(after).spec;
  return nodeName === '' ? [] : keyOf(nodeName, reader.get(NODE_STANDINGS, nodeName));
}

function keyOf(node: string, standing: Change['after']): readonly string[] {
  const loss = standing === null ? null : lossOf(as<NodeStanding>(standing));
  return loss === null ? [] : [`${loss}/${node}`];
}

function lossOf({ spec: { isGone, taints = [], unreachableSince } }: NodeStanding): Loss | null {
  if (isGone === true) return 'gone';
  const has = (wanted: string) => taints.some(({ key }) => key === wanted);
  const isUnready = unreachableSince !== undefined || has(NOT_READY) || has(UNREACHABLE);
  return isUnready && has(OUT_OF_SERVICE) ? 'out-of-service' : null;
}

function observe(reader: Reader, key: string): ObservedOrphans | null {
  const node = key.slice(key.indexOf('/') + 1);
  const standing = reader.get(NODE_STANDINGS, node);
  const loss = standing === null ? null : lossOf(as<NodeStanding>(standing));
  if (loss === null || !key.startsWith(`${loss}/`)) return null;
  const pods = asList<Pod>(reader.list('pods')).filter(({ spec }) => spec.nodeName === node);
  return { loss, pods };
}

/**
 * Ends the pods of a node that is gone, and of one that is out of service those that were asked to
 * go: nobody else will say that they have (upstream's gcOrphaned and gcTerminating).
 */
export function planOrphans({ loss, pods }: ObservedOrphans, now: number): Plan {
  const isGone = loss === 'gone';
  const endings = pods
    .filter(({ metadata }) => isGone || metadata.deletionTimestamp !== undefined)
    .map((pod) => ending(pod, isGone ? nodeGone(pod, now) : undefined))
    .filter((writes) => writes.length > 0);
  const writes = endings.slice(0, MAX_PODS_PER_PLAN).flat();
  return endings.length > MAX_PODS_PER_PLAN ? { writes, requeueAfterMs: 0 } : { writes };
}

function nodeGone({ metadata: { generation } }: Pod, now: number): TimedCondition {
  return {
    type: 'DisruptionTarget',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
}
