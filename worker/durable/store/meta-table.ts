import { eq } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { meta as storeMeta } from '../schema/store.ts';

/** Single values of a Durable Object, by name. Every class's `meta` table has the same shape. */
export class MetaTable {
  readonly #db: DrizzleSqliteDODatabase;
  readonly #table: typeof storeMeta;

  constructor(db: DrizzleSqliteDODatabase, table: typeof storeMeta) {
    this.#db = db;
    this.#table = table;
  }

  get(key: string): string | null {
    const row = this.#db.select().from(this.#table).where(eq(this.#table.key, key)).get();
    return row?.value ?? null;
  }

  set(key: string, value: string): void {
    this.#db
      .insert(this.#table)
      .values({ key, value })
      .onConflictDoUpdate({ target: this.#table.key, set: { value } })
      .run();
  }

  remove(key: string): void {
    this.#db.delete(this.#table).where(eq(this.#table.key, key)).run();
  }
}
