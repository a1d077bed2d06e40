import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { RevisionStore } from './revision-store.ts';

/** Names that one controller has, or that none has; sorted when somebody asks. */
interface Names {
  readonly set: Set<string>;
  sorted: readonly string[] | null;
}

interface ResourceIndex {
  /** Uid of each object's controller, or {@link NONE}. */
  readonly controllers: Map<string, string>;
  readonly names: Map<string, Names>;
}

/** Stands for no controller. */
const NONE = '';

/**
 * Which objects a controller has, in memory: planners ask for a thousand pods after every few of
 * them that changed. A resource is read when it is first asked for; whoever writes keeps the index
 * in step: `put` and `remove` with every write, `forget` when a transaction was undone.
 */
export class ControllerIndex {
  readonly #store: Pick<RevisionStore, 'controllers'>;
  readonly #resources = new Map<GroupResource, ResourceIndex>();

  constructor(store: Pick<RevisionStore, 'controllers'>) {
    this.#store = store;
  }

  /** Names, in order, of the objects that the controller of a uid has; null: that none has. */
  names(resource: GroupResource, controllerUID: string | null): readonly string[] {
    const names = this.#load(resource).names.get(controllerUID ?? NONE);
    if (names === undefined) return [];
    names.sorted ??= [...names.set].sort();
    return names.sorted;
  }

  put(resource: GroupResource, name: string, controllerUID: string | null): void {
    const index = this.#resources.get(resource);
    if (index === undefined || index.controllers.get(name) === (controllerUID ?? NONE)) return;
    take(index, name);
    give(index, name, controllerUID ?? NONE);
  }

  remove(resource: GroupResource, name: string): void {
    const index = this.#resources.get(resource);
    if (index !== undefined) take(index, name);
  }

  /** What is known of a resource may be wrong. */
  forget(resource: GroupResource): void {
    this.#resources.delete(resource);
  }

  #load(resource: GroupResource): ResourceIndex {
    let index = this.#resources.get(resource);
    if (index === undefined) {
      index = { controllers: new Map(), names: new Map() };
      for (const { name, controllerUID } of this.#store.controllers(resource)) {
        give(index, name, controllerUID ?? NONE);
      }
      this.#resources.set(resource, index);
    }
    return index;
  }
}

function give({ controllers, names }: ResourceIndex, name: string, controller: string): void {
  controllers.set(name, controller);
  const known = names.get(controller);
  if (known === undefined) {
    names.set(controller, { set: new Set([name]), sorted: null });
  } else {
    known.set.add(name);
    known.sorted = null;
  }
}

function take({ controllers, names }: ResourceIndex, name: string): void {
  const controller = controllers.get(name);
  const known = controller === undefined ? undefined : names.get(controller);
  if (controller === undefined || known === undefined) return;
  controllers.delete(name);
  known.set.delete(name);
  known.sorted = null;
  if (known.set.size === 0) names.delete(controller);
}
