import { logError } from '../log.ts';

export interface SlotReclaimDeps {
  /** Namespaces whose stores hold a slot, the longest active first. */
  readonly holders: () => readonly string[];
  /** Asks a store for its slot: its last revision, or null when it needs the slot itself. */
  readonly ask: (namespace: string) => Promise<number | null>;
  /** Takes the slot back in the table. */
  readonly release: (namespace: string, lastRevision: number) => Promise<void>;
}

/**
 * Takes slots back from idle stores when all are in use. Between the answer of a store and the
 * release in the table, that store must not be given its slot again: `settled` is what its
 * activation waits for.
 */
export class SlotReclaim {
  readonly #deps: SlotReclaimDeps;
  readonly #underWay = new Map<string, Promise<boolean>>();

  constructor(deps: SlotReclaimDeps) {
    this.#deps = deps;
  }

  /** Frees one slot, other than that of `namespace` itself; false when every holder needs its own. */
  async reclaimFor(namespace: string): Promise<boolean> {
    for (const holder of this.#deps.holders()) {
      if (holder !== namespace && (await this.#reclaim(holder))) return true;
    }
    return false;
  }

  /** Resolves when nothing is under way about a namespace's slot. */
  async settled(namespace: string): Promise<void> {
    await this.#underWay.get(namespace);
  }

  #reclaim(holder: string): Promise<boolean> {
    let attempt = this.#underWay.get(holder);
    if (attempt === undefined) {
      attempt = this.#attempt(holder).finally(() => this.#underWay.delete(holder));
      this.#underWay.set(holder, attempt);
    }
    return attempt;
  }

  async #attempt(holder: string): Promise<boolean> {
    try {
      const lastRevision = await this.#deps.ask(holder);
      if (lastRevision === null) return false;
      await this.#deps.release(holder, lastRevision);
      return true;
    } catch (error) {
      // Should the store have given its slot up all the same, it says so again when asked again.
      logError('a store was asked for its slot in vain', error, { namespace: holder });
      return false;
    }
  }
}
