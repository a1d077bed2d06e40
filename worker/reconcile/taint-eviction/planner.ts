import { NODE_STANDINGS, POD_EVICTIONS } from '../../registry/hidden-resources.ts';
import type { NodeStanding } from '../../registry/node-standing.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planTaintEviction } from './plan.ts';
import type { ObservedTaintedNode, PodEvictions } from './plan.ts';

/** A key is the name of a node. */
export const taintEvictionPlanner: Planner<ObservedTaintedNode> = {
  name: 'taint-eviction-controller',
  account: 'node-controller',
  keysFor,
  observe,
  plan: planTaintEviction,
};

function keysFor({ resource, name, before, after }: Change, reader: Reader): readonly string[] {
  if (resource === NODE_STANDINGS) return [name];
  if (resource !== 'pods') return [];
  const node = nodeOf(after ?? before);
  if (node === '') return [];
  const isSame =
    before !== null && after !== null && deepEqual(concerns(as<Pod>(before)), concerns(as(after)));
  return isSame || reader.get(NODE_STANDINGS, node) === null ? [] : [node];
}

const nodeOf = (pod: Change['after']): string =>
  pod === null ? '' : (as<Pod>(pod).spec.nodeName ?? '');

const concerns = ({ metadata, spec }: Pod) => [
  metadata.deletionTimestamp,
  spec.nodeName,
  spec.tolerations,
];

function observe(reader: Reader, key: string): ObservedTaintedNode | null {
  const standing = reader.get(NODE_STANDINGS, key);
  const evictions = reader.get(POD_EVICTIONS, key);
  if (standing === null && evictions === null) return null;
  return {
    name: key,
    standing: standing === null ? null : as<NodeStanding>(standing),
    pods: asList<Pod>(reader.list('pods')).filter(({ spec }) => spec.nodeName === key),
    evictions: evictions === null ? null : as<PodEvictions>(evictions),
  };
}
