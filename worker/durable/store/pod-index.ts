import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Change } from '../../reconcile/planner.ts';
import type { StoreContext } from './store-context.ts';

/**
 * Names of pods by what they use (a claim, a config map), so that a change of it does not mean a look
 * at thousands of pods. Built from the pods at the first question, kept up to date by their changes.
 */
export class PodIndex {
  readonly #context: Pick<StoreContext, 'store' | 'commits'>;
  readonly #keysOf: (pod: KubernetesObject) => readonly string[];
  /** Key → names of pods; null until it is asked for. */
  #pods: Map<string, Set<string>> | null = null;

  /** @param keysOf says what a pod is found by */
  constructor(
    context: Pick<StoreContext, 'store' | 'commits'>,
    keysOf: (pod: KubernetesObject) => readonly string[],
  ) {
    this.#context = context;
    this.#keysOf = keysOf;
  }

  /** Forgets everything, after a transaction was undone; the next question builds it anew. */
  reset(): void {
    this.#pods = null;
  }

  /** Takes a change in. */
  onChange({ resource, name, before, after }: Change): void {
    if (this.#pods === null || resource !== 'pods') return;
    for (const key of this.#keys(before)) this.#pods.get(key)?.delete(name);
    for (const key of this.#keys(after)) add(this.#pods, key, name);
  }

  /** Names of the pods that use something, in no order. */
  namesOf(key: string): ReadonlySet<string> {
    this.#pods ??= this.#build();
    return this.#pods.get(key) ?? NOBODY;
  }

  /** The pods that use something, in the order of their names. */
  podsOf(key: string): KubernetesObject[] {
    const { commits } = this.#context;
    return [...this.namesOf(key)]
      .sort()
      .flatMap((name) => commits.read({ resource: 'pods', name }) ?? []);
  }

  #build(): Map<string, Set<string>> {
    const { store, commits } = this.#context;
    const pods = new Map<string, Set<string>>();
    for (const name of store.names('pods')) {
      for (const key of this.#keys(commits.read({ resource: 'pods', name }))) add(pods, key, name);
    }
    return pods;
  }

  #keys(pod: KubernetesObject | null): readonly string[] {
    return pod === null ? [] : this.#keysOf(pod);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function add(pods: Map<string, Set<string>>, key: string, name: string): void {
  const known = pods.get(key);
  if (known === undefined) pods.set(key, new Set([name]));
  else known.add(name);
}
