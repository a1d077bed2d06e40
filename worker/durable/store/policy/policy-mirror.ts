import { and, asc, eq } from 'drizzle-orm';
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
    for (const { resource, name, value } of entries) this.#put(resource, name, value);
    this.#held.clear();
  }

  /** Forgets what is held in memory: a transaction that wrote was undone. */
  reload(): void {
    this.#held.clear();
  }

  #put(resource: string, name: string, value: string | null): void {
    const key = and(eq(policy.resource, resource), eq(policy.name, name));
    if (value === null) {
      this.#db.delete(policy).where(key).run();
      return;
    }
    this.#db
      .insert(policy)
      .values({ resource, name, value })
      .onConflictDoUpdate({ target: [policy.resource, policy.name], set: { value } })
      .run();
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
