import { eq } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { Node } from '../../reconcile/kinds.ts';
import { Ledger } from '../../reconcile/scheduler/ledger.ts';
import type { Footprint } from '../../reconcile/scheduler/pod-request.ts';
import { nodes, reservations } from '../schema/scheduler.ts';

/** The ledger together with its rows: what is reserved survives the object's sleep. */
export class LedgerTable {
  readonly ledger: Ledger;
  readonly #db: DrizzleSqliteDODatabase;

  constructor(db: DrizzleSqliteDODatabase) {
    this.#db = db;
    this.ledger = new Ledger();
    for (const { value } of db.select().from(nodes).all()) {
      this.ledger.setNode(JSON.parse(value) as Node);
    }
    for (const { uid, node, footprint } of db.select().from(reservations).all()) {
      this.ledger.reserve(uid, node, JSON.parse(footprint) as Footprint);
    }
  }

  /** `revision` orders updates of one node: an older one than what is known is dropped. */
  setNode(name: string, revision: number, value: Node): boolean {
    const known = this.#db.select().from(nodes).where(eq(nodes.name, name)).get();
    if (known !== undefined && known.revision >= revision) return false;
    this.ledger.setNode(value);
    const text = JSON.stringify(value);
    this.#db
      .insert(nodes)
      .values({ name, revision, value: text })
      .onConflictDoUpdate({ target: nodes.name, set: { revision, value: text } })
      .run();
    return true;
  }

  removeNode(name: string): void {
    this.ledger.removeNode(name);
    this.#db.delete(nodes).where(eq(nodes.name, name)).run();
  }

  /** Writes the row of a reservation that the ledger has taken in already. */
  saveReservation(uid: string, node: string, footprint: Footprint): void {
    const text = JSON.stringify(footprint);
    this.#db
      .insert(reservations)
      .values({ uid, node, footprint: text })
      .onConflictDoUpdate({ target: reservations.uid, set: { node, footprint: text } })
      .run();
  }

  /** False when nothing was reserved. */
  release(uid: string): boolean {
    if (!this.ledger.release(uid)) return false;
    this.#db.delete(reservations).where(eq(reservations.uid, uid)).run();
    return true;
  }
}
