import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * What the node should have on its disk: pods bound to it, and the config maps and secrets that
 * they use. Each change takes the next position; a row without a value is a tombstone that stays
 * until the agent has acknowledged a later position.
 */
export const desired = sqliteTable(
  'desired',
  {
    resource: text({ enum: ['pods', 'configmaps', 'secrets'] }).notNull(),
    namespace: text().notNull(),
    name: text().notNull(),
    uid: text().notNull(),
    position: integer().notNull(),
    value: text(),
  },
  (table) => [
    primaryKey({ columns: [table.resource, table.namespace, table.name, table.uid] }),
    index('desired_by_position').on(table.position),
  ],
);

/** Identity, public key, generation, acknowledged position, last node status. */
export const meta = sqliteTable('meta', { key: text().primaryKey(), value: text().notNull() });
