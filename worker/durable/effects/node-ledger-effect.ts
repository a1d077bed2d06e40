import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface NodeLedgerEffectDeps {
  readonly context: StoreContext;
  readonly send: (name: string, node: KubernetesObject | null) => Promise<void>;
}

/** Keeps the scheduler's view of Nodes in step. A key is the Node's name. */
export class NodeLedgerEffect implements Effect {
  readonly name = 'node-ledger';
  readonly batchSize = 200;
  readonly #deps: NodeLedgerEffectDeps;

  constructor(deps: NodeLedgerEffectDeps) {
    this.#deps = deps;
  }

  keysFor(change: Change): readonly string[] {
    if (change.resource !== 'nodes') return [];
    return placementText(change.before) === placementText(change.after) ? [] : [change.name];
  }

  async run(keys: readonly string[]): Promise<void> {
    await Promise.all(
      keys.map((name) => {
        const node = this.#deps.context.commits.read({ resource: 'nodes', name });
        return this.#deps.send(name, node);
      }),
    );
  }
}

/** What placement looks at. Heartbeats and conditions change nothing about it. */
function placementText(node: KubernetesObject | null): string {
  if (node === null) return '';
  const status = (node['status'] ?? {}) as { allocatable?: unknown; images?: unknown };
  return JSON.stringify([node.metadata.labels, node['spec'], status.allocatable, status.images]);
}
