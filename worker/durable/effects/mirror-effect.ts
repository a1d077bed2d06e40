import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';

export interface MirrorEffectDeps {
  readonly context: StoreContext;
  readonly resource: GroupResource;
  /** Hands the object's text (null: gone) to the store that keeps the copy. */
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

  keysFor(change: Change): readonly string[] {
    return change.resource === this.#deps.resource ? [change.name] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    const { context, resource, send } = this.#deps;
    await Promise.all(
      keys.map((name) => send(name, context.store.get({ resource, name })?.value ?? null)),
    );
  }
}
