import { NODE_ROLL_CALLS } from '../../registry/hidden-resources.ts';
import { LAST_ROLL_CALL, newRollCall } from '../../registry/node-roll-call.ts';
import { as, type Node } from '../../reconcile/kinds.ts';
import { healthOf } from '../../reconcile/node-eviction/node-health.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { LinkCheck } from '../node/liveness.ts';
import { NotYetError, type Effect } from '../queue/effect.ts';
import { acceptMirrored } from '../store/activation.ts';
import type { StoreRuntime } from '../store/store-runtime.ts';

export interface NodeRollCallEffectDeps {
  readonly runtime: StoreRuntime;
  /** Asks for a node's link; a node that is found lost reports itself so before the answer. */
  readonly check: (node: string) => Promise<LinkCheck>;
}

/** Nodes asked at a time: each may have to be woken. */
const NODES_AT_A_TIME = 50;
const ALL = 'all';

/**
 * When a node is lost, asks for all that count as ready whether they are there: those that vanished
 * in the same moment, because it was the control plane that was cut off, would each be noticed in
 * its own time. What is written down at the end is what evictions wait for (`node-eviction`).
 */
export class NodeRollCallEffect implements Effect {
  readonly name = 'node-roll-call';
  readonly batchSize = 1;
  readonly #deps: NodeRollCallEffectDeps;

  constructor(deps: NodeRollCallEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, before, after }: Change): readonly string[] {
    if (resource !== 'nodes' || after === null) return [];
    const now = healthOf(as<Node>(after));
    if (now?.status !== 'Unknown') return [];
    const then = before === null ? null : healthOf(as<Node>(before));
    const isNews = then?.status !== now.status || then.transitionTime !== now.transitionTime;
    return isNews ? [ALL] : [];
  }

  async run(): Promise<void> {
    const { runtime } = this.#deps;
    const nodes = this.#nodes();
    const lost = nodes.filter(({ status }) => status === 'Unknown');
    if (lost.length === 0) return;
    await this.#call(nodes.filter(({ status }) => status === 'True').map(({ name }) => name));
    const times = Object.fromEntries(
      lost.map(({ name, transitionTime }) => [name, transitionTime]),
    );
    await runtime.submit(() => {
      runtime.context.commits.transact(() => {
        const text = JSON.stringify(newRollCall(times));
        acceptMirrored(runtime, NODE_ROLL_CALLS, LAST_ROLL_CALL, text);
      });
    });
  }

  async #call(names: readonly string[]): Promise<void> {
    for (let i = 0; i < names.length; i += NODES_AT_A_TIME) {
      const batch = names.slice(i, i + NODES_AT_A_TIME);
      const answers = await Promise.all(batch.map((name) => this.#deps.check(name)));
      if (answers.includes('silent')) throw new NotYetError('a node has not been heard of yet');
    }
  }

  #nodes() {
    const { store, commits } = this.#deps.runtime.context;
    return store.list('nodes', {}).flatMap(({ name }) => {
      const node = commits.read({ resource: 'nodes', name });
      const health = node === null ? null : healthOf(as<Node>(node));
      return health === null ? [] : [{ name, ...health }];
    });
  }
}
