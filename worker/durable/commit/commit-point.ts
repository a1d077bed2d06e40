import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource, ObjectKey } from '../../../apimachinery/object-key.ts';
import { newStatusError } from '../../../apimachinery/status-error.ts';
import type { Change } from '../../reconcile/planner.ts';
import { ControllerIndex } from '../storage/controller-index.ts';
import type { ObjectCache } from '../storage/object-cache.ts';
import type {
  Attributes,
  LogEntry,
  LogEntryType,
  RevisionStore,
} from '../storage/revision-store.ts';
import type { RevisionClock } from '../storage/revision-clock.ts';

/** No planner reads them, and there are so many that they would push out what planners do read. */
const EVENTS = 'events';

export interface CommitPointDeps {
  readonly store: RevisionStore;
  readonly cache: ObjectCache;
  readonly clock: RevisionClock;
  readonly now: () => number;
  readonly attributesOf: (resource: GroupResource, object: KubernetesObject) => Attributes;
  /** Enqueues what a change makes due. Runs inside the transaction. */
  readonly enqueueFor: (change: Change) => void;
  /** Called when a transaction was undone, to drop what in-memory mirrors took from it. */
  readonly onRollback: (undone: readonly Pick<LogEntry, 'resource' | 'name'>[]) => void;
}

/**
 * Longest object stored, in bytes of its JSON: etcd's bound. A row of the platform holds 2 MB, and
 * the selectable fields stand beside the text.
 */
export const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
/** A UTF-16 unit takes at most so many bytes as UTF-8: shorter texts need not be counted. */
const MAX_BYTES_PER_UNIT = 3;

/** Carries the result of a dry run out of the transaction that it undoes. */
class DryRunRollback extends Error {
  readonly result: unknown;
  constructor(result: unknown) {
    super('dry run');
    this.result = result;
  }
}

/**
 * The only way to write. One `transact` call is one all-or-nothing step: it reads, validates its
 * preconditions, writes objects with their log entries and enqueues the keys that they make due,
 * in one synchronous transaction. What watchers must see is collected in revision order and taken
 * with `takeLog` at the end of the turn; the platform holds it back until the commit is durable.
 */
export class CommitPoint {
  readonly #deps: CommitPointDeps;
  readonly #controllers: ControllerIndex;
  #log: LogEntry[] = [];
  #dryRun = false;

  constructor(deps: CommitPointDeps) {
    this.#deps = deps;
    this.#controllers = new ControllerIndex(deps.store);
  }

  transact<T>(step: () => T, options: { dryRun?: boolean } = {}): T {
    const mark = this.#log.length;
    this.#dryRun = options.dryRun === true;
    try {
      return this.#deps.store.transaction(() => {
        const result = step();
        if (this.#dryRun) throw new DryRunRollback(result);
        return result;
      });
    } catch (error) {
      const undone = this.#log.splice(mark);
      for (const { resource, name } of undone) {
        this.#deps.cache.forget(resource, name);
        this.#controllers.forget(resource);
      }
      this.#deps.onRollback(undone);
      if (error instanceof DryRunRollback) return error.result as T;
      throw error;
    }
  }

  /** The current object; shared, never to be changed in place. */
  read(key: ObjectKey): KubernetesObject | null {
    const { cache, store } = this.#deps;
    const known = cache.current(key.resource, key.name);
    if (known !== undefined) return known;
    const stored = store.get(key);
    return stored === null ? null : cache.parsed(key.resource, stored);
  }

  /** Names, in order, of the objects that the controller of a uid has; null: that none has. */
  controlledBy(resource: GroupResource, uid: string | null): readonly string[] {
    return this.#controllers.names(resource, uid);
  }

  /**
   * Stores an object, new or in place of `before`. Sets its resourceVersion. Inside `transact`.
   * @returns the stored text.
   * @throws StatusError RequestEntityTooLarge.
   */
  put(resource: GroupResource, object: KubernetesObject, before: KubernetesObject | null): string {
    return this.#write(resource, before === null ? 'ADDED' : 'MODIFIED', object, before);
  }

  /** Removes an object; its last state gets a revision of its own, for the watchers. */
  remove(resource: GroupResource, before: KubernetesObject): string {
    const last = { ...before, metadata: { ...before.metadata } };
    return this.#write(resource, 'DELETED', last, before);
  }

  takeLog(): LogEntry[] {
    const log = this.#log;
    this.#log = [];
    return log;
  }

  /** What a dry run answers with has the version of what is stored, or none: it made no revision. */
  #setVersion(object: KubernetesObject, before: KubernetesObject | null, revision: number): void {
    const { resourceVersion } = before?.metadata ?? {};
    if (!this.#dryRun) object.metadata.resourceVersion = String(revision);
    else if (resourceVersion === undefined) delete object.metadata.resourceVersion;
    else object.metadata.resourceVersion = resourceVersion;
  }

  #write(
    resource: GroupResource,
    type: LogEntryType,
    object: KubernetesObject,
    before: KubernetesObject | null,
  ): string {
    const { store, cache, clock, now } = this.#deps;
    const name = object.metadata.name ?? '';
    const revision = clock.next(now());
    this.#setVersion(object, before, revision);
    const value = JSON.stringify(object);
    if (type !== 'DELETED') requireStorable(value);
    const attributes = this.#deps.attributesOf(resource, object);
    const previousAttributes = before === null ? null : this.#deps.attributesOf(resource, before);
    const references = object.metadata.ownerReferences ?? [];
    const controllerUID = references.find((r) => r.controller === true)?.uid ?? null;
    store.write({
      key: { resource, name },
      revision,
      type,
      uid: object.metadata.uid ?? '',
      attributes,
      previousAttributes,
      value,
      controllerUID,
      ownerUIDs: references.map((r) => r.uid),
      ownersChanged: type !== 'MODIFIED' ? references.length > 0 : ownersDiffer(object, before),
    });
    this.#log.push({ revision, resource, name, type, attributes, previousAttributes, value });
    if (type === 'DELETED' || resource === EVENTS) cache.forget(resource, name);
    else cache.remember(resource, name, revision, value.length, object);
    if (type === 'DELETED') this.#controllers.remove(resource, name);
    else this.#controllers.put(resource, name, controllerUID);
    this.#deps.enqueueFor({ resource, name, before, after: type === 'DELETED' ? null : object });
    return value;
  }
}

function requireStorable(value: string): void {
  if (value.length * MAX_BYTES_PER_UNIT <= MAX_OBJECT_BYTES) return;
  if (new TextEncoder().encode(value).byteLength <= MAX_OBJECT_BYTES) return;
  const message = `Request entity too large: limit is ${MAX_OBJECT_BYTES}`;
  throw newStatusError('RequestEntityTooLarge', message);
}

function ownersDiffer(object: KubernetesObject, before: KubernetesObject | null): boolean {
  const uids = (o: KubernetesObject | null) =>
    (o?.metadata.ownerReferences ?? []).map((r) => r.uid).join();
  return uids(object) !== uids(before);
}
