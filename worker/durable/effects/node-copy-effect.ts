import type { Change } from '../../reconcile/planner.ts';
import type { NodePlace } from '../../registry/node-place.ts';
import type { Effect } from '../queue/effect.ts';
import {
  DAEMON_SETS,
  hasDaemonSets,
  knowsPlaces,
  NODE_COPY,
  NODES_CHANGED,
  takeAllPlaces,
  takePlaces,
} from '../store/node-places.ts';
import type { StoreRuntime } from '../store/store-runtime.ts';

export interface NodeCopyEffectDeps {
  readonly runtime: StoreRuntime;
  /** Asks the cluster's store for all places; from then on it tells of changes. */
  readonly fetch: () => Promise<readonly NodePlace[]>;
}

/** A DaemonSet came or went. */
const DAEMON_SETS_CHANGED = 'needed';

/**
 * Keeps the copies of Nodes in a store for as long as it has DaemonSets. It always fetches all of
 * them: runs come one after the other, so an older state never follows a newer one.
 */
export class NodeCopyEffect implements Effect {
  readonly name = NODE_COPY;
  readonly batchSize = 2;
  readonly #deps: NodeCopyEffectDeps;

  constructor(deps: NodeCopyEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, before, after }: Change): readonly string[] {
    const isNews = before === null || after === null;
    return resource === DAEMON_SETS && isNews ? [DAEMON_SETS_CHANGED] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    const { runtime, fetch } = this.#deps;
    const { context, clock } = runtime;
    const transact = (step: () => void) =>
      runtime.submit(() => {
        if (clock.holdsSlot) context.commits.transact(step);
      });
    if (!hasDaemonSets(context)) {
      await transact(() => takePlaces(runtime, []));
      return;
    }
    if (!keys.includes(NODES_CHANGED) && knowsPlaces(context)) return;
    const places = await fetch();
    await transact(() => takeAllPlaces(runtime, places));
  }
}
