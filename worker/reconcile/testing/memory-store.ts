import { formatTime } from '../../../apimachinery/meta.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { newNotFound } from '../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import { applyScale } from '../../registry/scale.ts';
import type { ResourceInfo } from '../../registry/kind-table.ts';
import { beforeCreate } from '../../registry/rest/create.ts';
import { decideDelete, isRemovable } from '../../registry/rest/delete.ts';
import type { DeleteOptions } from '../../registry/rest/delete.ts';
import { beforeUpdate } from '../../registry/rest/update.ts';
import type { Change, EventText, Planner, Reader, Write } from '../planner.ts';
import { MemoryObjects } from './memory-objects.ts';
import { STORED_RESOURCES } from '../../registry/hidden-resources.ts';

export interface RecordedEvent extends EventText {
  readonly component: string;
  readonly regarding: string;
}

interface DueKey {
  readonly planner: Planner<unknown>;
  readonly key: string;
  readonly at: number;
}

export interface MemoryStoreOptions {
  readonly namespace: string;
  readonly planners: readonly Planner<unknown>[];
  readonly now: number;
  /** Called for every write of a planner before it is made; a text refuses it. */
  readonly admit?: (write: Write, reader: Reader) => string | null;
  /** Called after every write, a planner's or a client's. */
  readonly onChange?: (change: Change, reader: Reader) => void;
}

/** Plans of one key that change nothing in between: beyond this a planner does not settle. */
const MAX_ROUNDS = 20_000;

/**
 * A store in memory that commits plans the way the real one does: the registry with all its rules, one
 * write after the other, the first refusal ends a plan. Ids are counted and the clock is set by
 * hand, so a history runs the same way every time.
 */
export class MemoryStore {
  readonly objects: MemoryObjects;
  readonly events: RecordedEvent[] = [];
  now: number;
  readonly #options: MemoryStoreOptions;
  readonly #due = new Map<string, DueKey>();
  #counter = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.now = options.now;
    this.objects = new MemoryObjects(options.namespace, () => this.now);
  }

  create(resource: GroupResource, source: KubernetesObject): KubernetesObject {
    const object = copy(source);
    const namespace = infoOf(resource).namespaced ? this.objects.namespace : '';
    beforeCreate(infoOf(resource), object, namespace, this.#context(), {
      uid: () => this.#nextID(),
      nameSuffix: () => this.#nextID().slice(-5),
    });
    object.metadata.creationTimestamp = formatTime(this.now);
    this.#put(resource, null, object);
    return object;
  }

  update(resource: GroupResource, source: KubernetesObject, subresource = ''): KubernetesObject {
    const object = copy(source);
    const old = this.#existing(resource, object.metadata.name ?? '');
    const info = infoOf(resource);
    const { changed } = beforeUpdate(info, subresource, object, old, this.#context());
    if (!changed) return old;
    this.#put(resource, old, isRemovable(info, object) ? null : object);
    return object;
  }

  /** Reads, changes and writes an object. */
  edit(
    resource: GroupResource,
    name: string,
    change: (draft: KubernetesObject) => void,
    subresource = '',
  ): void {
    const draft = copy(this.#existing(resource, name));
    change(draft);
    this.update(resource, draft, subresource);
  }

  delete(resource: GroupResource, name: string, options: DeleteOptions = {}): void {
    const old = this.#existing(resource, name);
    const decision = decideDelete(infoOf(resource), old, options, this.#context());
    if (decision.action === 'remove') this.#put(resource, old, null);
    if (decision.action === 'update') this.#put(resource, old, decision.object);
  }

  /** What the scheduler does: no client may change a pod's node. */
  bind(name: string, nodeName: string): void {
    const old = this.#existing('pods', name);
    const pod = copy(old);
    pod['spec'] = { ...(pod['spec'] as object), nodeName };
    this.#put('pods', old, pod);
  }

  /** What the node does once the containers are gone, and a mirror when its origin is. */
  remove(resource: GroupResource, name: string): void {
    const old = this.objects.get(resource, name);
    if (old !== null) this.#put(resource, old, null);
  }

  /** Stores a copy of another store's object as it is. */
  mirror(resource: GroupResource, object: KubernetesObject): void {
    const name = object.metadata.name ?? '';
    const old = this.objects.get(resource, name);
    if (JSON.stringify(old) === JSON.stringify(object)) return;
    this.objects.put({ resource, name }, copy(object));
    this.#changed({ resource, name, before: old, after: object });
  }

  /** Makes a key of a planner due, as effects do. */
  makeDue(planner: Planner<unknown>, key: string): void {
    this.#enqueue(planner, key, this.now);
  }

  /** Plans until nothing is due at the present time. Returns how many plans wrote something. */
  settle(): number {
    let effective = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const next = [...this.#due].find(([, { at }]) => at <= this.now);
      if (next === undefined) return effective;
      const [id, { planner, key }] = next;
      this.#due.delete(id);
      if (this.#reconcile(planner, key)) effective++;
    }
    throw new Error('planners do not settle');
  }

  /** Moves the clock, stopping wherever a timer asks for a plan. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const next = Math.min(...[...this.#due.values()].map(({ at }) => at));
      if (next > end) break;
      this.now = next;
    }
    this.now = end;
  }

  /** Plans every key again that any object makes due; returns the writes that came of it. */
  writesOfAnotherRound(): readonly Write[] {
    const { planners } = this.#options;
    const changes = this.objects.resources().flatMap(({ resource }) =>
      this.objects.list(resource).map((object): Change => {
        return { resource, name: object.metadata.name ?? '', before: null, after: object };
      }),
    );
    return planners.flatMap((planner) => {
      const keys = new Set(changes.flatMap((change) => planner.keysFor(change, this.objects)));
      return [...keys].flatMap((key) => {
        const observed = planner.observe(this.objects, key);
        return observed === null ? [] : planner.plan(observed, this.now).writes;
      });
    });
  }

  #reconcile(planner: Planner<unknown>, key: string): boolean {
    const observed = planner.observe(this.objects, key);
    if (observed === null) return false;
    const plan = planner.plan(observed, this.now);
    for (const event of plan.events ?? []) this.#record(planner, event.regarding, event);
    for (const write of plan.writes) {
      const failure = this.#attempt(planner, write);
      if (failure === null) continue;
      this.objects.setFailure(planner.name, key, failure);
      this.#enqueue(planner, key, this.now + 1000);
      return true;
    }
    this.objects.setFailure(planner.name, key, null);
    if (plan.requeueAfterMs !== undefined) {
      this.#enqueue(planner, key, this.now + plan.requeueAfterMs);
    }
    return plan.writes.length > 0;
  }

  #attempt(planner: Planner<unknown>, write: Write): string | null {
    const { announce } = write;
    const refusal = this.#options.admit?.(write, this.objects) ?? this.#takenName(write);
    if (refusal !== null) {
      const text = announce?.onFailure;
      if (text !== undefined && announce !== undefined) {
        const message = text.message.replaceAll('{error}', refusal);
        this.#record(planner, announce.regarding, { ...text, message });
      }
      return refusal;
    }
    const name = this.#apply(write);
    const text = announce?.onSuccess;
    if (text !== undefined && announce !== undefined) {
      const message = text.message.replaceAll('{name}', name);
      this.#record(planner, announce.regarding, { ...text, message });
    }
    return null;
  }

  #takenName(write: Write): string | null {
    const { name = '' } = write.verb === 'create' ? write.object.metadata : {};
    const isTaken = name !== '' && this.objects.get(write.resource, name) !== null;
    return isTaken ? `${write.resource} "${name}" already exists` : null;
  }

  #apply(write: Write): string {
    switch (write.verb) {
      case 'create':
        return this.create(write.resource, write.object).metadata.name ?? '';
      case 'update': {
        const subresource = write.resource === 'namespaces' ? 'finalize' : '';
        return this.update(write.resource, write.object, subresource).metadata.name ?? '';
      }
      case 'updateStatus':
        return this.update(write.resource, write.object, 'status').metadata.name ?? '';
      case 'updateScale': {
        const old = this.#existing(write.resource, write.object.metadata.name ?? '');
        const scaled = applyScale(infoOf(write.resource), old, write.object);
        return this.update(write.resource, scaled, 'scale').metadata.name ?? '';
      }
      case 'delete': {
        const { resource, name, uid, propagationPolicy } = write;
        const policy = propagationPolicy === undefined ? {} : { propagationPolicy };
        this.delete(resource, name, { preconditions: { uid }, ...policy });
        return name;
      }
      default:
        return write satisfies never;
    }
  }

  #put(
    resource: GroupResource,
    old: KubernetesObject | null,
    object: KubernetesObject | null,
  ): void {
    const name = (object ?? old)?.metadata.name ?? '';
    if (object !== null) object.metadata.resourceVersion = String(++this.#counter);
    this.objects.put({ resource, name }, object);
    this.#changed({ resource, name, before: old, after: object });
  }

  #changed(change: Change): void {
    for (const planner of this.#options.planners) {
      for (const key of planner.keysFor(change, this.objects)) {
        this.#enqueue(planner, key, this.now);
      }
    }
    this.#options.onChange?.(change, this.objects);
  }

  #enqueue(planner: Planner<unknown>, key: string, at: number): void {
    const id = `${planner.name}/${key}`;
    const earlier = this.#due.get(id);
    if (earlier === undefined || earlier.at > at) this.#due.set(id, { planner, key, at });
  }

  #record(planner: Planner<unknown>, regarding: KubernetesObject, text: EventText): void {
    const name = regarding.metadata.name ?? '';
    this.events.push({ ...text, component: planner.name, regarding: name });
  }

  #existing(resource: GroupResource, name: string): KubernetesObject {
    const object = this.objects.get(resource, name);
    if (object === null) throw newNotFound({ group: '', resource }, name);
    return object;
  }

  #context(): { now: number; user: UserInfo } {
    return { now: this.now, user: { name: 'system:test', groups: [] } };
  }

  #nextID(): string {
    return `00000000-0000-4000-8000-${String(++this.#counter).padStart(12, '0')}`;
  }
}

function infoOf(resource: GroupResource): ResourceInfo {
  const info = STORED_RESOURCES.get(resource);
  if (info === undefined) throw new Error(`no such resource: ${resource}`);
  return info;
}

function copy(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object)) as KubernetesObject;
}
