import { NODE_ROLL_CALLS } from '../../registry/hidden-resources.ts';
import { LAST_ROLL_CALL } from '../../registry/node-roll-call.ts';
import type { NodeRollCall } from '../../registry/node-roll-call.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { as, asList } from '../kinds.ts';
import type { Node } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { healthOf } from './node-health.ts';
import { planNodeEviction } from './plan.ts';
import type { ObservedNodes } from './plan.ts';

/** Stands for the nodes of the cluster. No object has such a name. */
const ALL = '*';

export const nodeEvictionPlanner: Planner<ObservedNodes> = {
  name: 'node-eviction-controller',
  account: 'node-controller',
  keysFor,
  observe,
  plan: planNodeEviction,
};

function keysFor({ resource, before, after }: Change): readonly string[] {
  if (resource === NODE_ROLL_CALLS) return [ALL];
  if (resource !== 'nodes') return [];
  const isSame =
    before !== null &&
    after !== null &&
    deepEqual(concerns(as<Node>(before)), concerns(as<Node>(after)));
  return isSame ? [] : [ALL];
}

/** What is gone by of a node. */
const concerns = (node: Node) => [
  healthOf(node),
  node.metadata.labels,
  node.metadata.deletionTimestamp,
  node.spec?.taints,
];

function observe(reader: Reader): ObservedNodes {
  const rollCall = reader.get(NODE_ROLL_CALLS, LAST_ROLL_CALL);
  return {
    nodes: asList<Node>(reader.list('nodes')),
    rollCall: rollCall === null ? null : as<NodeRollCall>(rollCall),
  };
}
