import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import { controllerUser } from '../../../apimachinery/user-info.ts';
import type { Change } from '../../reconcile/planner.ts';
import {
  CLEANUP_FINALIZER,
  type DefinitionCondition,
  storedDefinition,
} from '../../registry/crd/types.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import { NotYetError, type Effect } from '../queue/effect.ts';
import type { StoreContext } from '../store/store-context.ts';
import { API_SERVER_MANAGER } from '../store/field-tracking.ts';
import { updateObject } from '../store/verbs/update.ts';

export interface InstanceCleanupDeps {
  readonly context: StoreContext;
  /** Deletes what one store has of a custom resource; answers how many instances are left. */
  readonly drop: (namespace: string, name: string, definition: string) => Promise<number>;
  /** Commits a step of this store. */
  readonly submit: (step: () => void) => Promise<void>;
}

/** Stores asked at a time: each may have to be woken. */
const STORES_AT_A_TIME = 20;

/**
 * Removes the instances of a definition that is being deleted, in every namespace, and then the
 * finalizer that stands for them. A key is the definition's name.
 */
export class InstanceCleanupEffect implements Effect {
  readonly name = 'custom-resource-cleanup';
  readonly batchSize = 1;
  readonly #deps: InstanceCleanupDeps;

  constructor(deps: InstanceCleanupDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, after }: Change): readonly string[] {
    return resource === DEFINITIONS && after !== null && awaitsCleanup(after) ? [name] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    for (const name of keys) await this.#clean(name);
  }

  async #clean(name: string): Promise<void> {
    const { context, submit } = this.#deps;
    const object = context.commits.read({ resource: DEFINITIONS, name });
    if (object === null || !awaitsCleanup(object)) return;
    await submit(() =>
      this.#setTerminating(
        name,
        'True',
        'InstanceDeletionInProgress',
        'CustomResource deletion is in progress',
      ),
    );
    const left = await this.#dropEverywhere(name, object);
    if (left > 0) {
      throw new NotYetError(`${left} instances of ${name} wait for their finalizers`);
    }
    await submit(() => this.#finish(name));
  }

  async #dropEverywhere(name: string, object: KubernetesObject): Promise<number> {
    const { context, drop } = this.#deps;
    const text = JSON.stringify(object);
    const { scope } = storedDefinition(object).spec;
    const namespaces =
      scope === 'Cluster' ? [''] : context.store.list('namespaces', {}).map((n) => n.name);
    let left = 0;
    for (let i = 0; i < namespaces.length; i += STORES_AT_A_TIME) {
      const counts = await Promise.all(
        namespaces.slice(i, i + STORES_AT_A_TIME).map((namespace) => drop(namespace, name, text)),
      );
      left += counts.reduce((sum, count) => sum + count, 0);
    }
    return left;
  }

  #finish(name: string): void {
    this.#setTerminating(name, 'False', 'InstanceDeletionCompleted', 'removed all instances');
    const { context } = this.#deps;
    const object = context.commits.read({ resource: DEFINITIONS, name });
    if (object === null) return;
    const finalizers = (object.metadata.finalizers ?? []).filter((f) => f !== CLEANUP_FINALIZER);
    this.#update(name, '', { ...object, metadata: { ...object.metadata, finalizers } });
  }

  #setTerminating(name: string, status: 'True' | 'False', reason: string, message: string): void {
    const { context } = this.#deps;
    const object = context.commits.read({ resource: DEFINITIONS, name });
    if (object === null) return;
    const crd = storedDefinition(object);
    const before = crd.status?.conditions ?? [];
    const old = before.find(({ type }) => type === 'Terminating');
    const condition: DefinitionCondition = {
      lastTransitionTime:
        old?.status === status && old.lastTransitionTime !== undefined
          ? old.lastTransitionTime
          : formatTime(context.now()),
      message,
      reason,
      status,
      type: 'Terminating',
    };
    const conditions = [...before.filter((c) => c !== old), condition];
    this.#update(name, 'status', { ...crd, status: { ...crd.status, conditions } });
  }

  #update(name: string, subresource: string, object: KubernetesObject): void {
    const request = {
      resource: DEFINITIONS,
      name,
      subresource,
      user: controllerUser('customresourcedefinition-controller'),
      fieldManager: API_SERVER_MANAGER,
    };
    // The registry changes what it is given; what was read is shared.
    const draft = JSON.parse(JSON.stringify(object)) as KubernetesObject;
    updateObject(this.#deps.context, request, draft);
  }
}

function awaitsCleanup({ metadata }: KubernetesObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).includes(CLEANUP_FINALIZER)
  );
}
