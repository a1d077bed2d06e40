import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The nodes that pods may be placed on, as the cluster store last sent them. */
export const nodes = sqliteTable('nodes', {
  name: text().primaryKey(),
  revision: integer().notNull(),
  value: text().notNull(),
});

/** What is reserved on each node, one row per pod that is bound and not finished, or nominated. */
export const reservations = sqliteTable('reservations', {
  uid: text().primaryKey(),
  node: text().notNull(),
  /** What the pod takes up. JSON. */
  footprint: text().notNull(),
  /** 1 for a pod that others make room for: it is not bound. */
  nominated: integer().notNull().default(0),
});

/** Pods that are to go, or are going, to make room for others. */
export const victims = sqliteTable('victims', {
  uid: text().primaryKey(),
  namespace: text().notNull(),
  name: text().notNull(),
  node: text().notNull(),
  /** Uid of the pod that needs the room. */
  preemptor: text().notNull(),
  /** 1 until the store of the pod has been told. */
  due: integer().notNull(),
});

/** What concerns all pods of a namespace, of those that pods are placed in or wait in. */
export const namespaces = sqliteTable('namespaces', {
  name: text().primaryKey(),
  /** Of the Namespace. JSON. */
  labels: text().notNull(),
  /** Its PodDisruptionBudgets. JSON. */
  budgets: text().notNull().default('[]'),
});

/** Namespaces whose stores have pods that found no node, to be told when that may have changed. */
export const waiting = sqliteTable('waiting', {
  namespace: text().primaryKey(),
  /** 1 when some of them may fit because another pod is placed. */
  heedsPods: integer('heeds_pods').notNull().default(1),
  /** 1 when something changed that may help: the store is to be told. */
  due: integer().notNull().default(1),
});
