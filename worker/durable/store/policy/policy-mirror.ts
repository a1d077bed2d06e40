import { and, asc, eq, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { policy } from '../../schema/store.ts';
import type { PolicyEntry, PolicyObjects } from './policy-objects.ts';

/**
 * The copy of the cluster's policy in a namespace's store, for which the cluster's store is the
 * source: it sends everything when the store is activated, and every change after that.
 */
export class PolicyMirror implements PolicyObjects {
  readonly #db: DrizzleSqliteDODatabase;
  /** Parsed, a resource at a time, when it is first asked for. */
  readonly #held = new Map<string, ReadonlyMap<string, KubernetesObject>>();

  constructor(db: DrizzleSqliteDODatabase) {
    this.#db = db;
  }

  get(resource: string, name: string): KubernetesObject | null {
    return this.#of(resource).get(name) ?? null;
  }

  list(resource: string): readonly KubernetesObject[] {
    return [...this.#of(resource).values()];
  }

  /** Takes changes; a whole new copy where `replaceAll` says so. Inside a transaction. */
  accept(entries: readonly PolicyEntry[], replaceAll: boolean): void {
    if (replaceAll) this.#db.delete(policy).run();
    for (const { resource, name, value } of entries) {
      if (value === null && !replaceAll) this.#remove(resource, name);
    }
    for (const rows of inPieces(entries)) this.#putAll(rows);
    for (const entry of entries) if (isLong(entry)) this.#put(entry);
    this.#held.clear();
  }

  /** Forgets what is held in memory: a transaction that wrote was undone. */
  reload(): void {
    this.#held.clear();
  }

  #remove(resource: string, name: string): void {
    this.#db
      .delete(policy)
      .where(and(eq(policy.resource, resource), eq(policy.name, name)))
      .run();
  }

  #put({ resource, name, value }: PolicyEntry): void {
    if (value === null) return;
    this.#db
      .insert(policy)
      .values({ resource, name, value })
      .onConflictDoUpdate({ target: [policy.resource, policy.name], set: { value } })
      .run();
  }

  /** One statement for many rows: a store that becomes active takes all of the policy. */
  #putAll(rows: string): void {
    this.#db.run(sql`
      INSERT INTO ${policy} (resource, name, value)
      SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${rows})
      WHERE true
      ON CONFLICT (resource, name) DO UPDATE SET value = excluded.value`);
  }

  #of(resource: string): ReadonlyMap<string, KubernetesObject> {
    let objects = this.#held.get(resource);
    if (objects === undefined) {
      const rows = this.#db
        .select()
        .from(policy)
        .where(eq(policy.resource, resource))
        .orderBy(asc(policy.name))
        .all();
      objects = new Map(
        rows.map(({ name, value }) => [name, JSON.parse(value) as KubernetesObject]),
      );
      this.#held.set(resource, objects);
    }
    return objects;
  }
}

/** Well below the longest text that the platform binds (2 MB). Characters. */
const MAX_PIECE = 500_000;

/** Whether a row of its own is better for it: escaped, it may be twice as long. */
const isLong = ({ value }: PolicyEntry): boolean => (value?.length ?? 0) > MAX_PIECE / 2;

/** Rows as JSON arrays of `[resource, name, value]`, none of them too long for one statement. */
function* inPieces(entries: readonly PolicyEntry[]): Generator<string> {
  let rows: string[] = [];
  let size = 0;
  for (const entry of entries) {
    const { resource, name, value } = entry;
    if (value === null || isLong(entry)) continue;
    const row = JSON.stringify([resource, name, value]);
    if (size + row.length > MAX_PIECE && rows.length > 0) {
      yield `[${rows.join(',')}]`;
      rows = [];
      size = 0;
    }
    rows.push(row);
    size += row.length;
  }
  if (rows.length > 0) yield `[${rows.join(',')}]`;
}
