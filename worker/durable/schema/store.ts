import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Current objects, as the JSON text that clients get. */
export const objects = sqliteTable(
  'objects',
  {
    resource: text().notNull(),
    name: text().notNull(),
    revision: integer().notNull(),
    uid: text().notNull(),
    controllerUID: text('controller_uid'),
    attributes: text().notNull(),
    value: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.resource, table.name] }),
    index('objects_by_uid').on(table.uid),
  ],
);

/** The watch log: append-only, compacted from the old end, one resource at a time. */
export const revisions = sqliteTable(
  'revisions',
  {
    revision: integer().primaryKey(),
    resource: text().notNull(),
    name: text().notNull(),
    /** ADDED, MODIFIED or DELETED; DELETED rows are the tombstones, with the last state. */
    type: text({ enum: ['ADDED', 'MODIFIED', 'DELETED'] }).notNull(),
    attributes: text().notNull(),
    /** What selectors saw before this write; null when there was no object. */
    previousAttributes: text('previous_attributes'),
    value: text().notNull(),
  },
  (table) => [index('revisions_by_object').on(table.resource, table.name, table.revision)],
);

/** Which objects name an owner, for garbage collection. */
export const owners = sqliteTable(
  'owners',
  { ownerUID: text('owner_uid').notNull(), resource: text().notNull(), name: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.ownerUID, table.resource, table.name] }),
    index('owners_by_dependent').on(table.resource, table.name),
  ],
);

/** Due keys of planners and effects. A row lives from the commit that made it due until done. */
export const workqueue = sqliteTable(
  'workqueue',
  {
    worker: text().notNull(),
    key: text().notNull(),
    /** Milliseconds since the epoch. */
    dueAt: integer('due_at').notNull(),
    attempts: integer().notNull(),
    /** Grows with every enqueue, so that what came in during a run is not lost with it. */
    ticket: integer().notNull(),
    failure: text(),
  },
  (table) => [
    primaryKey({ columns: [table.worker, table.key] }),
    index('workqueue_by_due').on(table.dueAt),
  ],
);

/** Single values: identity, slot, clock floor, compact revisions. */
export const meta = sqliteTable('meta', { key: text().primaryKey(), value: text().notNull() });

/** Slots given to the stores of the cluster; only used by the cluster-scope store. */
export const slots = sqliteTable('slots', {
  slot: integer().primaryKey(),
  namespace: text().notNull(),
  /** No revision of this slot at or below it may be issued again. */
  floor: integer().notNull(),
  activatedAt: integer('activated_at').notNull(),
});

/** Copies of the cluster's policy objects, in the stores of namespaces. They have no history here. */
export const policy = sqliteTable(
  'policy',
  { resource: text().notNull(), name: text().notNull(), value: text().notNull() },
  (table) => [primaryKey({ columns: [table.resource, table.name] })],
);
