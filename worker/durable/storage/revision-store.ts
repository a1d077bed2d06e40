import type { ObjectKey, GroupResource } from '../../../apimachinery/object-key.ts';

/**
 * The contract of a store of objects with history. All calls are synchronous; whoever writes wraps
 * the calls of one step in `transaction`. test/contract/revision-store.ts is its suite, run on the
 * SQLite store and on the in-memory one.
 */
export interface RevisionStore {
  /** The revision of the last write, 0 before the first. */
  lastRevision(): number;
  get(key: ObjectKey): StoredObject | null;
  /**
   * Objects of a resource in name order, as they were at `revision` (omitted: as they are).
   * `revision` must not be compacted; see `compactRevision`.
   */
  list(resource: GroupResource, options: ListOptions): StoredObject[];
  /** How many objects `list` would return without a limit. */
  count(resource: GroupResource, options: Omit<ListOptions, 'limit'>): number;
  /** Every resource that has objects, with how many. */
  resources(): { resource: GroupResource; count: number }[];
  /** The names of a resource's objects, in order: for callers that have most objects in memory. */
  names(resource: GroupResource): readonly string[];
  /** The uid of each object's controller, null where it has none; in no order. */
  controllers(resource: GroupResource): { name: string; controllerUID: string | null }[];
  dependentsOf(ownerUID: string): ObjectKey[];
  findByUID(uid: string): ObjectKey | null;
  /**
   * Writes an object and its log entry. `revision` must be above `lastRevision()`.
   * A null `object` deletes the row; `value` is then the last state, kept in the log.
   */
  write(write: StoreWrite): void;
  /** Log entries above `after`, in revision order, at most `limit`. */
  log(resource: GroupResource, after: number, limit: number): LogEntry[];
  /** Watches and reads of a resource at a revision below this one are no longer possible. */
  compactRevision(resource: GroupResource): number;
  /** Drops log entries up to `until`, at most `budget` rows; returns how many were dropped. */
  compact(until: number, budget: number): number;
  /** The revision of the oldest log entry, null when the log is empty. */
  oldestLogRevision(): number | null;
  /** The lowest revision among a resource's objects, null when there are none. */
  oldestRevision(resource: GroupResource): number | null;
  /** Runs a step all-or-nothing. What it throws is thrown on, and nothing of it stays. */
  transaction<T>(step: () => T): T;
}

export interface ListOptions {
  /** Only names after this one. */
  readonly after?: string;
  readonly limit?: number;
  readonly revision?: number;
}

/** What selectors look at, kept beside the text so that matching needs no parse of the object. */
export interface Attributes {
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

export interface StoredObject {
  readonly name: string;
  readonly revision: number;
  readonly uid: string;
  readonly attributes: Attributes;
  /** The object as JSON, with its resourceVersion. */
  readonly value: string;
}

export type LogEntryType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface LogEntry {
  readonly revision: number;
  readonly resource: GroupResource;
  readonly name: string;
  readonly type: LogEntryType;
  readonly attributes: Attributes;
  readonly previousAttributes: Attributes | null;
  readonly value: string;
}

export interface StoreWrite {
  readonly key: ObjectKey;
  readonly revision: number;
  readonly type: LogEntryType;
  readonly uid: string;
  readonly attributes: Attributes;
  readonly previousAttributes: Attributes | null;
  readonly value: string;
  readonly controllerUID: string | null;
  readonly ownerUIDs: readonly string[];
  /** Whether the owner references differ from those of the last write to the object. */
  readonly ownersChanged: boolean;
}
