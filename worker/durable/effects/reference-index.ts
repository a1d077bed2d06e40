import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { StoreContext } from '../store/store-context.ts';
import { podView, referencesOf } from './pods.ts';

/**
 * Which pods on nodes use which config maps and secrets, so that a write to one that no node has
 * costs nothing. Built from the pods at the first question, kept up to date by their changes.
 */
export class ReferenceIndex {
  readonly #context: Pick<StoreContext, 'store' | 'commits'>;
  /** `<resource>/<name>` → names of pods; null until it is asked for. */
  #users: Map<string, Set<string>> | null = null;

  constructor(context: Pick<StoreContext, 'store' | 'commits'>) {
    this.#context = context;
  }

  /** Forgets everything; the next question builds it anew. */
  reset(): void {
    this.#users = null;
  }

  /** Takes a change of a pod in. */
  onPodChange({ name, before, after }: Change): void {
    if (this.#users === null) return;
    for (const key of keysOf(before)) this.#users.get(key)?.delete(name);
    for (const key of keysOf(after)) this.#add(this.#users, key, name);
  }

  /** Names of the pods on nodes that use an object. */
  usersOf(resource: string, name: string): ReadonlySet<string> {
    this.#users ??= this.#build();
    return this.#users.get(`${resource}/${name}`) ?? NOBODY;
  }

  #build(): Map<string, Set<string>> {
    const users = new Map<string, Set<string>>();
    for (const { name } of this.#context.store.list('pods', {})) {
      const pod = this.#context.commits.read({ resource: 'pods', name });
      for (const key of keysOf(pod)) this.#add(users, key, name);
    }
    return users;
  }

  #add(users: Map<string, Set<string>>, key: string, pod: string): void {
    const found = users.get(key);
    if (found === undefined) users.set(key, new Set([pod]));
    else found.add(pod);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function keysOf(pod: KubernetesObject | null): string[] {
  if (pod === null || podView(pod).nodeName === '') return [];
  return referencesOf(pod).map(({ resource, name }) => `${resource}/${name}`);
}
