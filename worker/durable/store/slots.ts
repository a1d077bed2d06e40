import { asc, eq, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { MAX_SLOTS } from '../../../apimachinery/revision.ts';
import { slots } from '../schema/store.ts';

/** The cluster-scope store's own slot. */
export const CLUSTER_SLOT = 0;

/**
 * Which active store holds which slot of the revision space. A slot that changes hands carries a
 * floor: the highest revision that its former holder may have issued.
 */
export class SlotTable {
  readonly #db: DrizzleSqliteDODatabase;
  readonly #maxSlots: number;

  /** @param maxSlots the cluster's own included; less than what revisions have room for in tests. */
  constructor(db: DrizzleSqliteDODatabase, maxSlots = MAX_SLOTS) {
    this.#db = db;
    this.#maxSlots = maxSlots;
  }

  /** The slot of a namespace's store; a new one when it has none. Null when all are taken. */
  assign(namespace: string, nowMs: number): { slot: number; floor: number } | null {
    const held = this.#db.select().from(slots).where(eq(slots.namespace, namespace)).get();
    if (held !== undefined) return { slot: held.slot, floor: held.floor };
    const rows = this.#db.select().from(slots).orderBy(asc(slots.slot)).all();
    const free = rows.find((row) => row.namespace === '');
    if (free !== undefined) {
      this.#db
        .update(slots)
        .set({ namespace, activatedAt: nowMs })
        .where(eq(slots.slot, free.slot))
        .run();
      return { slot: free.slot, floor: free.floor };
    }
    const slot = rows.length + 1;
    if (slot >= this.#maxSlots) return null;
    this.#db.insert(slots).values({ slot, namespace, floor: 0, activatedAt: nowMs }).run();
    return { slot, floor: 0 };
  }

  /** Takes a slot back; its holder issued no revision above `lastRevision`. */
  release(namespace: string, lastRevision: number): void {
    this.#db
      .update(slots)
      .set({ namespace: '', floor: sql`max(${slots.floor}, ${lastRevision})` })
      .where(eq(slots.namespace, namespace))
      .run();
  }

  /** Holders in the order of their activation, for asking one to give its slot back. */
  holders(): string[] {
    return this.#db
      .select({ namespace: slots.namespace })
      .from(slots)
      .orderBy(asc(slots.activatedAt))
      .all()
      .map((row) => row.namespace)
      .filter((namespace) => namespace !== '');
  }
}
