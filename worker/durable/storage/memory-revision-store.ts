import type { GroupResource, ObjectKey } from '../../../apimachinery/object-key.ts';
import type {
  ListOptions,
  LogEntry,
  RevisionStore,
  StoredObject,
  StoreWrite,
} from './revision-store.ts';

interface State {
  /** Every write there ever was, in revision order. */
  readonly writes: StoreWrite[];
  /** Revisions of writes that compaction took out of the log. */
  readonly dropped: Set<number>;
  readonly compactRevisions: Map<GroupResource, number>;
}

/**
 * The store in its simplest form: it keeps every write and derives each answer from all of them.
 * It says what the SQLite store must do, and lets tests of what stands on a store do without one.
 */
export class MemoryRevisionStore implements RevisionStore {
  #state: State = { writes: [], dropped: new Set(), compactRevisions: new Map() };

  lastRevision(): number {
    return this.#state.writes.at(-1)?.revision ?? 0;
  }

  get(key: ObjectKey): StoredObject | null {
    const write = this.#current(key.resource).find((w) => w.key.name === key.name);
    return write === undefined ? null : storedObject(write);
  }

  list(resource: GroupResource, options: ListOptions): StoredObject[] {
    return this.#versions(resource, options.revision ?? this.lastRevision())
      .filter((write) => write.key.name > (options.after ?? ''))
      .slice(0, options.limit)
      .map(storedObject);
  }

  count(resource: GroupResource, options: Omit<ListOptions, 'limit'>): number {
    return this.list(resource, options).length;
  }

  resources(): { resource: GroupResource; count: number }[] {
    return [...new Set(this.#state.writes.map((write) => write.key.resource))]
      .sort()
      .map((resource) => ({ resource, count: this.#current(resource).length }))
      .filter(({ count }) => count > 0);
  }

  names(resource: GroupResource): string[] {
    return this.#current(resource).map(({ key }) => key.name);
  }

  controllers(resource: GroupResource): { name: string; controllerUID: string | null }[] {
    return this.#current(resource).map(({ key, controllerUID }) => ({
      name: key.name,
      controllerUID,
    }));
  }

  dependentsOf(ownerUID: string): ObjectKey[] {
    return this.#all()
      .filter((write) => write.ownerUIDs.includes(ownerUID))
      .map((write) => write.key);
  }

  findByUID(uid: string): ObjectKey | null {
    return this.#all().find((write) => write.uid === uid)?.key ?? null;
  }

  write(write: StoreWrite): void {
    const before = this.#current(write.key.resource).find((w) => w.key.name === write.key.name);
    // The version that ends here must stay readable at the revisions that it was current at.
    if (before !== undefined) this.#state.dropped.delete(before.revision);
    this.#state.writes.push(write);
  }

  log(resource: GroupResource, after: number, limit: number): LogEntry[] {
    return this.#state.writes
      .filter((write) => write.key.resource === resource && write.revision > after)
      .filter((write) => !this.#state.dropped.has(write.revision))
      .slice(0, limit)
      .map(({ key, revision, type, attributes, previousAttributes, value }) => ({
        revision,
        resource,
        name: key.name,
        type,
        attributes,
        previousAttributes,
        value,
      }));
  }

  compactRevision(resource: GroupResource): number {
    return this.#state.compactRevisions.get(resource) ?? 0;
  }

  compact(until: number, budget: number): number {
    const victims = this.#state.writes
      .filter((write) => write.revision <= until && !this.#state.dropped.has(write.revision))
      .map((write) => ({ write, next: this.#successor(write) }))
      .filter(
        ({ write, next }) => write.type === 'DELETED' || next === null || next.revision <= until,
      )
      .slice(0, budget);
    for (const { write, next } of victims) {
      const { resource } = write.key;
      const readableFrom = write.type === 'DELETED' ? write.revision : (next ?? write).revision;
      const compacted = Math.max(this.compactRevision(resource), readableFrom);
      this.#state.dropped.add(write.revision);
      this.#state.compactRevisions.set(resource, compacted);
    }
    return victims.length;
  }

  oldestLogRevision(): number | null {
    const oldest = this.#state.writes.find((write) => !this.#state.dropped.has(write.revision));
    return oldest?.revision ?? null;
  }

  oldestRevision(resource: GroupResource): number | null {
    const revisions = this.#current(resource).map((write) => write.revision);
    return revisions.length === 0 ? null : Math.min(...revisions);
  }

  transaction<T>(step: () => T): T {
    const { writes, dropped, compactRevisions } = this.#state;
    const before = {
      writes: [...writes],
      dropped: new Set(dropped),
      compactRevisions: new Map(compactRevisions),
    };
    try {
      return step();
    } catch (error) {
      this.#state = before;
      throw error;
    }
  }

  /** The last write to each object up to a revision, but for deletions; in name order. */
  #versions(resource: GroupResource, revision: number): StoreWrite[] {
    const last = new Map<string, StoreWrite>();
    for (const write of this.#state.writes) {
      if (write.key.resource !== resource || write.revision > revision) continue;
      last.set(write.key.name, write);
    }
    return [...last.values()]
      .filter((write) => write.type !== 'DELETED')
      .sort((a, b) => (a.key.name < b.key.name ? -1 : 1));
  }

  #current(resource: GroupResource): StoreWrite[] {
    return this.#versions(resource, this.lastRevision());
  }

  #all(): StoreWrite[] {
    return this.resources().flatMap(({ resource }) => this.#current(resource));
  }

  #successor(write: StoreWrite): StoreWrite | null {
    const { resource, name } = write.key;
    const next = this.#state.writes.find(
      (w) => w.key.resource === resource && w.key.name === name && w.revision > write.revision,
    );
    return next ?? null;
  }
}

const storedObject = ({ key, revision, uid, attributes, value }: StoreWrite): StoredObject => ({
  name: key.name,
  revision,
  uid,
  attributes,
  value,
});
