import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Change } from '../../reconcile/planner.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface MirrorEffectDeps {
  readonly context: StoreContext;
  readonly resource: GroupResource;
  /** What is copied of an object; absent: all of it. A change of anything else is not told. */
  readonly copyOf?: (object: KubernetesObject) => KubernetesObject;
  /** Hands the copy's text (null: gone) to the store that keeps it. */
  readonly send: (name: string, object: string | null) => Promise<void>;
}

/** Keeps a copy of one resource's objects in another store. A key is the object's name. */
export class MirrorEffect implements Effect {
  readonly name: string;
  readonly batchSize = 50;
  readonly #deps: MirrorEffectDeps;

  constructor(deps: MirrorEffectDeps) {
    this.name = `mirror/${deps.resource}`;
    this.#deps = deps;
  }

  keysFor({ resource, name, before, after }: Change): readonly string[] {
    const { resource: mirrored, copyOf } = this.#deps;
    if (resource !== mirrored) return [];
    const isSame =
      copyOf !== undefined &&
      before !== null &&
      after !== null &&
      deepEqual(copyOf(before), copyOf(after));
    return isSame ? [] : [name];
  }

  async run(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((name) => this.#deps.send(name, this.#text(name))));
  }

  #text(name: string): string | null {
    const { context, resource, copyOf } = this.#deps;
    if (copyOf === undefined) return context.store.get({ resource, name })?.value ?? null;
    const object = context.commits.read({ resource, name });
    return object === null ? null : JSON.stringify(copyOf(object));
  }
}
