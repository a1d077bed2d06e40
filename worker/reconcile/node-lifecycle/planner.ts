import { as } from '../kinds.ts';
import type { Node } from '../kinds.ts';
import type { Planner } from '../planner.ts';
import { planNodeLifecycle } from './plan.ts';

export const nodeLifecyclePlanner: Planner<Node> = {
  name: 'node-controller',
  keysFor: ({ resource, name, after }) => (resource === 'nodes' && after !== null ? [name] : []),
  observe: (reader, key) => {
    const node = reader.get('nodes', key);
    return node === null ? null : as<Node>(node);
  },
  plan: planNodeLifecycle,
};
