import { eq, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { meta as storeMeta } from '../schema/store.ts';

/**
 * Single values of a Durable Object, by name. Every class's `meta` table has the same shape. They
 * are few and read all the time, so they are held in memory, too.
 */
export class MetaTable {
  readonly #db: DrizzleSqliteDODatabase;
  readonly #table: typeof storeMeta;
  readonly #set;
  /** Null until the first read. */
  #values: Map<string, string> | null = null;

  constructor(db: DrizzleSqliteDODatabase, table: typeof storeMeta) {
    this.#db = db;
    this.#table = table;
    this.#set = db
      .insert(table)
      .values({ key: sql.placeholder('key'), value: sql.placeholder('value') })
      .onConflictDoUpdate({ target: table.key, set: { value: sql`excluded.value` } })
      .prepare();
  }

  get(key: string): string | null {
    return this.#load().get(key) ?? null;
  }

  set(key: string, value: string): void {
    if (this.#load().get(key) === value) return;
    this.#set.run({ key, value });
    this.#load().set(key, value);
  }

  remove(key: string): void {
    if (!this.#load().has(key)) return;
    this.#db.delete(this.#table).where(eq(this.#table.key, key)).run();
    this.#load().delete(key);
  }

  /** Forgets what is held in memory: a transaction that wrote was undone. */
  reload(): void {
    this.#values = null;
  }

  #load(): Map<string, string> {
    this.#values ??= new Map(
      this.#db
        .select()
        .from(this.#table)
        .all()
        .map(({ key, value }) => [key, value]),
    );
    return this.#values;
  }
}
