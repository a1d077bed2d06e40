import type { Change } from '../../reconcile/planner.ts';
import { placeOf } from '../../registry/node-place.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Effect } from '../queue/effect.ts';
import type { NodeFollowers } from '../store/node-followers.ts';

export interface NodePlacesEffectDeps {
  readonly followers: NodeFollowers;
  /** Tells a namespace's store that Nodes have changed; false: it does not want to know any more. */
  readonly tell: (namespace: string) => Promise<boolean>;
  readonly transact: (step: () => void) => Promise<void>;
}

/** Stores told at a time: each may have to be woken. */
const STORES_AT_A_TIME = 50;
const ALL = 'all';

/**
 * Tells the stores that have DaemonSets that something about Nodes changed that DaemonSets go by.
 * They fetch it themselves. There is one key: what changes meanwhile is told together.
 */
export class NodePlacesEffect implements Effect {
  readonly name = 'node-places';
  readonly batchSize = 1;
  readonly #deps: NodePlacesEffectDeps;

  constructor(deps: NodePlacesEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, before, after }: Change): readonly string[] {
    if (resource !== 'nodes') return [];
    const isSame = before !== null && after !== null && deepEqual(placeOf(before), placeOf(after));
    return isSame ? [] : [ALL];
  }

  async run(): Promise<void> {
    const { followers, tell, transact } = this.#deps;
    const marks = [...followers.marks()];
    const failures: unknown[] = [];
    for (let i = 0; i < marks.length; i += STORES_AT_A_TIME) {
      const told = marks.slice(i, i + STORES_AT_A_TIME).map(async ([namespace, mark]) => {
        if (!(await tell(namespace))) await transact(() => followers.remove(namespace, mark));
      });
      for (const result of await Promise.allSettled(told)) {
        if (result.status === 'rejected') failures.push(result.reason);
      }
    }
    // Those that were told are told again: that changes nothing.
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} stores were not told`);
  }
}
