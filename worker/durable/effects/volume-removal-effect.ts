import { as, type PersistentVolume } from '../../reconcile/kinds.ts';
import {
  awaitsRemoval,
  isLocalPath,
  VOLUMES,
} from '../../reconcile/persistent-volume/volume-facts.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';
import {
  awaitingVolume,
  directoryNodeOf,
  finishRemoval,
  type VolumeRef,
} from '../store/volume-removal.ts';

export interface VolumeRemovalEffectDeps {
  readonly context: StoreContext;
  /** Has a node remove directories, as soon as it has a link, and keep those that it was not to keep. */
  readonly order: (node: string, remove: VolumeRef[], keep: VolumeRef[]) => Promise<void>;
  readonly write: (step: (context: StoreContext) => void) => Promise<void>;
}

/**
 * Has the directories of volumes removed when their claims have left them. A key is the volume's name. The
 * volume goes when its node says that it has done so. A Node that is not there any more is not waited
 * for: should its machine come back, the order is still there.
 */
export class VolumeRemovalEffect implements Effect {
  readonly name = 'volume-removal';
  readonly batchSize = 100;
  readonly #deps: VolumeRemovalEffectDeps;

  constructor(deps: VolumeRemovalEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, before, after }: Change): readonly string[] {
    if (resource === VOLUMES) {
      const awaited = (volume: typeof before) =>
        volume !== null && awaitsRemoval(as<PersistentVolume>(volume));
      return after !== null && awaited(before) !== awaited(after) ? [name] : [];
    }
    if (resource !== 'nodes' || after !== null) return [];
    return this.#volumes()
      .filter((volume) => directoryNodeOf(volume) === name && awaitsRemoval(volume))
      .map(({ metadata }) => metadata.name);
  }

  async run(keys: readonly string[]): Promise<void> {
    for (const name of keys) await this.#see(name);
  }

  async #see(name: string): Promise<void> {
    const { context, order, write } = this.#deps;
    const object = context.commits.read({ resource: VOLUMES, name });
    if (object === null || !isLocalPath(as<PersistentVolume>(object))) return;
    const ref = { name, uid: object.metadata.uid ?? '' };
    const node = directoryNodeOf(object);
    const isAwaited = awaitingVolume(context, ref) !== null;
    if (node !== '') await order(node, isAwaited ? [ref] : [], isAwaited ? [] : [ref]);
    const isNodeThere = context.commits.read({ resource: 'nodes', name: node }) !== null;
    if (isAwaited && !isNodeThere) await write((step) => finishRemoval(step, ref, null));
  }

  #volumes(): PersistentVolume[] {
    const { store, commits } = this.#deps.context;
    return store.list(VOLUMES, {}).flatMap(({ name }) => {
      const volume = commits.read({ resource: VOLUMES, name });
      return volume === null ? [] : [as<PersistentVolume>(volume)];
    });
  }
}
