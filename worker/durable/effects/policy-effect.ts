import { isPolicyResource } from '../../registry/cluster-policy.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Effect } from '../queue/effect.ts';
import type { PolicyEntry } from '../store/policy/policy-objects.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface PolicyEffectDeps {
  readonly context: StoreContext;
  /** Namespaces whose stores are active; others get all of the policy when they become so. */
  readonly activeNamespaces: () => readonly string[];
  readonly send: (namespace: string, entries: readonly PolicyEntry[]) => Promise<void>;
}

/** Stores told at a time: each may have to be woken. */
const STORES_AT_A_TIME = 50;

/** Tells the stores of namespaces what changed of the cluster's policy. A key is a JSON pair. */
export class PolicyEffect implements Effect {
  readonly name = 'policy';
  readonly batchSize = 500;
  readonly #deps: PolicyEffectDeps;

  constructor(deps: PolicyEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name }: Change): readonly string[] {
    return isPolicyResource(resource) ? [JSON.stringify([resource, name])] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    const { context, activeNamespaces, send } = this.#deps;
    const entries = keys.map((key): PolicyEntry => {
      const [resource, name] = JSON.parse(key) as [string, string];
      return { resource, name, value: context.store.get({ resource, name })?.value ?? null };
    });
    const namespaces = activeNamespaces();
    const failures: unknown[] = [];
    for (let i = 0; i < namespaces.length; i += STORES_AT_A_TIME) {
      const told = namespaces.slice(i, i + STORES_AT_A_TIME).map((name) => send(name, entries));
      for (const result of await Promise.allSettled(told)) {
        if (result.status === 'rejected') failures.push(result.reason);
      }
    }
    // Those that took it take it again: that changes nothing.
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} stores were not told`);
  }
}
