import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One-time enrolment tokens. Only a hash is kept. */
export const enrolmentTokens = sqliteTable('enrolment_tokens', {
  hash: text().primaryKey(),
  cluster: text().notNull(),
  /** The only node that it enrols; null for any. */
  nodeName: text('node_name'),
  expiresAt: integer('expires_at').notNull(),
  /** The node that used it up. */
  usedBy: text('used_by'),
});
