import { and, asc, count, eq, gt, like, lte, max, min, sql } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import type { GroupResource, ObjectKey } from '../../../apimachinery/object-key.ts';
import { meta, objects, owners, revisions } from '../schema/store.ts';
import type {
  Attributes,
  ListOptions,
  LogEntry,
  RevisionStore,
  StoredObject,
  StoreWrite,
} from './revision-store.ts';

const NO_LIMIT = -1;
/** Names of one resource that are held in memory at most. */
const MAX_KNOWN_NAMES = 1_000;
/** Keys of compact revisions in `meta`, followed by the resource. */
const COMPACT_PREFIX = 'compact/';

interface ObjectRow {
  name: string;
  revision: number;
  uid: string;
  attributes: string;
  value: string;
}

const storedObject = (row: ObjectRow): StoredObject => ({
  name: row.name,
  revision: row.revision,
  uid: row.uid,
  attributes: JSON.parse(row.attributes) as Attributes,
  value: row.value,
});

/**
 * The store on a Durable Object's SQLite. Statements are prepared once per object, which makes
 * drizzle as fast as raw SQL.
 *
 * History: the log holds every write since its resource's compact revision. A version that is
 * overwritten after its own log entry was compacted is put back into the log by that write, so
 * `list` at any revision not yet compacted finds every object's version of that time.
 */
export class SQLiteRevisionStore implements RevisionStore {
  readonly #storage: DurableObjectStorage;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #compactRevisions = new Map<GroupResource, number>();
  /**
   * Of resources that have few objects, as long as none comes or goes: planners ask after every
   * change of a pod which services, quotas or budgets there are.
   */
  readonly #names = new Map<GroupResource, readonly string[]>();
  #lastRevision: number;

  constructor(storage: DurableObjectStorage, db: DrizzleSqliteDODatabase) {
    this.#storage = storage;
    this.#statements = prepare(db);
    const last = db
      .select({ value: max(revisions.revision) })
      .from(revisions)
      .get();
    const lastObject = db
      .select({ value: max(objects.revision) })
      .from(objects)
      .get();
    this.#loadCompactRevisions();
    // A tombstone that was compacted has left both tables; its revision must not come again.
    const compacted = Math.max(0, ...this.#compactRevisions.values());
    this.#lastRevision = Math.max(last?.value ?? 0, lastObject?.value ?? 0, compacted);
  }

  lastRevision(): number {
    return this.#lastRevision;
  }

  get(key: ObjectKey): StoredObject | null {
    const row = this.#statements.get.get({ resource: key.resource, name: key.name });
    return row === undefined ? null : storedObject(row);
  }

  list(resource: GroupResource, options: ListOptions): StoredObject[] {
    const values = {
      resource,
      after: options.after ?? '',
      limit: options.limit ?? NO_LIMIT,
      revision: options.revision ?? 0,
    };
    if (options.revision === undefined || options.revision >= this.#lastRevision) {
      return this.#statements.list.all(values).map(storedObject);
    }
    return this.#statements.listAt.all(values).map(storedObject);
  }

  count(resource: GroupResource, options: Omit<ListOptions, 'limit'>): number {
    const values = { resource, after: options.after ?? '', revision: options.revision ?? 0 };
    if (options.revision === undefined || options.revision >= this.#lastRevision) {
      return this.#statements.count.get(values)?.value ?? 0;
    }
    return this.#statements.countAt.get(values)?.value ?? 0;
  }

  resources(): { resource: GroupResource; count: number }[] {
    return this.#statements.resources.all();
  }

  names(resource: GroupResource): readonly string[] {
    const known = this.#names.get(resource);
    if (known !== undefined) return known;
    const names = this.#statements.names.all({ resource }).map(({ name }) => name);
    if (names.length <= MAX_KNOWN_NAMES) this.#names.set(resource, names);
    return names;
  }

  controllers(resource: GroupResource): { name: string; controllerUID: string | null }[] {
    return this.#statements.controllers.all({ resource });
  }

  dependentsOf(ownerUID: string): ObjectKey[] {
    return this.#statements.dependents.all({ ownerUID });
  }

  findByUID(uid: string): ObjectKey | null {
    return this.#statements.uid.get({ uid }) ?? null;
  }

  write(write: StoreWrite): void {
    const { resource, name } = write.key;
    const attributes = JSON.stringify(write.attributes);
    const previousAttributes =
      write.previousAttributes === null ? null : JSON.stringify(write.previousAttributes);
    const row = { resource, name, revision: write.revision, attributes, value: write.value };
    if (write.type !== 'MODIFIED') this.#names.delete(resource);
    if (write.type !== 'ADDED') this.#statements.keepOverwritten.run({ resource, name });
    this.#statements.append.run({ ...row, type: write.type, previousAttributes });
    if (write.type === 'DELETED') {
      this.#statements.remove.run({ resource, name });
    } else {
      const current = { ...row, uid: write.uid, controllerUID: write.controllerUID };
      if (write.type === 'ADDED') this.#statements.insert.run(current);
      else this.#statements.update.run(current);
    }
    if (write.ownersChanged) {
      this.#statements.removeOwners.run({ resource, name });
      if (write.type !== 'DELETED') {
        for (const ownerUID of write.ownerUIDs) {
          this.#statements.addOwner.run({ resource, name, ownerUID });
        }
      }
    }
    this.#lastRevision = write.revision;
  }

  log(resource: GroupResource, after: number, limit: number): LogEntry[] {
    return this.#statements.log.all({ resource, after, limit }).map((row) => ({
      ...row,
      attributes: JSON.parse(row.attributes) as Attributes,
      previousAttributes:
        row.previousAttributes === null ? null : (JSON.parse(row.previousAttributes) as Attributes),
    }));
  }

  compactRevision(resource: GroupResource): number {
    return this.#compactRevisions.get(resource) ?? 0;
  }

  compact(until: number, budget: number): number {
    const victims = this.#statements.compactable.all({ until, limit: budget });
    for (const { resource, revision, type, next } of victims) {
      this.#statements.dropLog.run({ revision });
      // A version that is dropped is missed by reads until the one that took its place.
      const readableFrom = type === 'DELETED' ? revision : (next ?? revision);
      const compacted = Math.max(this.compactRevision(resource), readableFrom);
      this.#compactRevisions.set(resource, compacted);
    }
    for (const resource of new Set(victims.map((v) => v.resource))) {
      const value = String(this.compactRevision(resource));
      this.#statements.setMeta.run({ key: `${COMPACT_PREFIX}${resource}`, value });
    }
    return victims.length;
  }

  oldestLogRevision(): number | null {
    return this.#statements.oldest.get()?.value ?? null;
  }

  oldestRevision(resource: GroupResource): number | null {
    return this.#statements.oldestObject.get({ resource })?.value ?? null;
  }

  transaction<T>(step: () => T): T {
    const lastRevision = this.#lastRevision;
    try {
      return this.#storage.transactionSync(step);
    } catch (error) {
      this.#lastRevision = lastRevision;
      this.#names.clear();
      this.#loadCompactRevisions();
      throw error;
    }
  }

  #loadCompactRevisions(): void {
    this.#compactRevisions.clear();
    for (const { key, value } of this.#statements.compactRevisions.all()) {
      this.#compactRevisions.set(key.slice(COMPACT_PREFIX.length), Number(value));
    }
  }
}

function prepare(db: DrizzleSqliteDODatabase) {
  const resource = sql.placeholder('resource');
  const name = sql.placeholder('name');
  const after = sql.placeholder('after');
  const revision = sql.placeholder('revision');
  const limit = sql.placeholder('limit');
  const columns = {
    name: objects.name,
    revision: objects.revision,
    uid: objects.uid,
    attributes: objects.attributes,
    value: objects.value,
  };
  // The version of each object that the log holds for a time: its last entry up to then.
  const atRevision = sql`
    SELECT o.name, o.revision, o.uid, o.attributes, o.value FROM ${objects} o
     WHERE o.resource = ${resource} AND o.name > ${after} AND o.revision <= ${revision}
    UNION ALL
    SELECT r.name, r.revision, COALESCE(r.value ->> '$.metadata.uid', '') AS uid,
           r.attributes, r.value FROM ${revisions} r
     WHERE r.resource = ${resource} AND r.name > ${after} AND r.revision <= ${revision}
       AND r.type <> 'DELETED'
       AND r.revision = (SELECT MAX(p.revision) FROM ${revisions} p
          WHERE p.resource = r.resource AND p.name = r.name AND p.revision <= ${revision})
       AND NOT EXISTS (SELECT 1 FROM ${objects} c
          WHERE c.resource = r.resource AND c.name = r.name AND c.revision <= ${revision})`;
  return {
    get: db
      .select(columns)
      .from(objects)
      .where(and(eq(objects.resource, resource), eq(objects.name, name)))
      .prepare(),
    list: db
      .select(columns)
      .from(objects)
      .where(and(eq(objects.resource, resource), gt(objects.name, after)))
      .orderBy(asc(objects.name))
      .limit(limit)
      .prepare(),
    count: db
      .select({ value: count() })
      .from(objects)
      .where(and(eq(objects.resource, resource), gt(objects.name, after)))
      .prepare(),
    listAt: db
      .select({
        name: sql<string>`name`,
        revision: sql<number>`revision`,
        uid: sql<string>`uid`,
        attributes: sql<string>`attributes`,
        value: sql<string>`value`,
      })
      .from(sql`(${atRevision})`)
      .orderBy(sql`name`)
      .limit(limit)
      .prepare(),
    countAt: db
      .select({ value: count() })
      .from(sql`(${atRevision})`)
      .prepare(),
    resources: db
      .select({ resource: objects.resource, count: count() })
      .from(objects)
      .groupBy(objects.resource)
      .prepare(),
    names: db
      .select({ name: objects.name })
      .from(objects)
      .where(eq(objects.resource, resource))
      .orderBy(asc(objects.name))
      .prepare(),
    controllers: db
      .select({ name: objects.name, controllerUID: objects.controllerUID })
      .from(objects)
      .where(eq(objects.resource, resource))
      .prepare(),
    dependents: db
      .select({ resource: owners.resource, name: owners.name })
      .from(owners)
      .where(eq(owners.ownerUID, sql.placeholder('ownerUID')))
      .orderBy(asc(owners.resource), asc(owners.name))
      .prepare(),
    uid: db
      .select({ resource: objects.resource, name: objects.name })
      .from(objects)
      .where(eq(objects.uid, sql.placeholder('uid')))
      .limit(1)
      .prepare(),
    append: db
      .insert(revisions)
      .values({
        revision,
        resource,
        name,
        type: sql.placeholder('type'),
        attributes: sql.placeholder('attributes'),
        previousAttributes: sql.placeholder('previousAttributes'),
        value: sql.placeholder('value'),
      })
      .prepare(),
    insert: db
      .insert(objects)
      .values({
        resource,
        name,
        revision,
        uid: sql.placeholder('uid'),
        controllerUID: sql.placeholder('controllerUID'),
        attributes: sql.placeholder('attributes'),
        value: sql.placeholder('value'),
      })
      .prepare(),
    update: db
      .update(objects)
      .set({
        revision: sql`${revision}`,
        uid: sql`${sql.placeholder('uid')}`,
        controllerUID: sql`${sql.placeholder('controllerUID')}`,
        attributes: sql`${sql.placeholder('attributes')}`,
        value: sql`${sql.placeholder('value')}`,
      })
      .where(and(eq(objects.resource, resource), eq(objects.name, name)))
      .prepare(),
    remove: db
      .delete(objects)
      .where(and(eq(objects.resource, resource), eq(objects.name, name)))
      .prepare(),
    keepOverwritten: db
      .insert(revisions)
      .select(
        db
          .select({
            revision: objects.revision,
            resource: objects.resource,
            name: objects.name,
            type: sql<'MODIFIED'>`'MODIFIED'`.as('type'),
            attributes: objects.attributes,
            previousAttributes: sql<null>`NULL`.as('previous_attributes'),
            value: objects.value,
          })
          .from(objects)
          .where(
            and(
              eq(objects.resource, resource),
              eq(objects.name, name),
              sql`NOT EXISTS (SELECT 1 FROM ${revisions} r WHERE r.revision = ${objects.revision})`,
            ),
          ),
      )
      .prepare(),
    removeOwners: db
      .delete(owners)
      .where(and(eq(owners.resource, resource), eq(owners.name, name)))
      .prepare(),
    addOwner: db
      .insert(owners)
      .values({ ownerUID: sql.placeholder('ownerUID'), resource, name })
      .onConflictDoNothing()
      .prepare(),
    log: db
      .select()
      .from(revisions)
      .where(and(gt(revisions.revision, after), eq(revisions.resource, resource)))
      .orderBy(asc(revisions.revision))
      .limit(limit)
      .prepare(),
    compactable: db
      .select({
        revision: revisions.revision,
        resource: revisions.resource,
        type: revisions.type,
        // Columns of a selection lose their table's name, so it is written out.
        next: sql<number | null>`(SELECT MIN(n.revision) FROM ${revisions} n
          WHERE n.resource = ${revisions}.resource AND n.name = ${revisions}.name
            AND n.revision > ${revisions}.revision)`,
      })
      .from(revisions)
      .where(
        and(
          lte(revisions.revision, sql.placeholder('until')),
          // The last version before `until` of an object that changed since stays, for `list`.
          sql`(${revisions.type} = 'DELETED'
            OR EXISTS (SELECT 1 FROM ${objects} c WHERE c.resource = ${revisions.resource}
               AND c.name = ${revisions.name} AND c.revision = ${revisions.revision})
            OR EXISTS (SELECT 1 FROM ${revisions} n WHERE n.resource = ${revisions.resource}
               AND n.name = ${revisions.name} AND n.revision > ${revisions.revision}
               AND n.revision <= ${sql.placeholder('until')}))`,
        ),
      )
      .orderBy(asc(revisions.revision))
      .limit(limit)
      .prepare(),
    dropLog: db.delete(revisions).where(eq(revisions.revision, revision)).prepare(),
    compactRevisions: db
      .select()
      .from(meta)
      .where(like(meta.key, `${COMPACT_PREFIX}%`))
      .prepare(),
    setMeta: db
      .insert(meta)
      .values({ key: sql.placeholder('key'), value: sql.placeholder('value') })
      .onConflictDoUpdate({ target: meta.key, set: { value: sql`excluded.value` } })
      .prepare(),
    oldestObject: db
      .select({ value: min(objects.revision) })
      .from(objects)
      .where(eq(objects.resource, resource))
      .prepare(),
    oldest: db
      .select({ value: min(revisions.revision) })
      .from(revisions)
      .prepare(),
  };
}
