import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, type Pod } from '../../reconcile/kinds.ts';
import type { Change } from '../../reconcile/planner.ts';
import { podClaims } from '../../reconcile/pods/pod-claims.ts';
import type { StoreContext } from './store-context.ts';

/**
 * Which pods use which claims: a claim is asked about whenever it changes, and a store may have
 * thousands of pods. Built from the pods at the first question, kept up to date by their changes.
 */
export class ClaimUsers {
  readonly #context: Pick<StoreContext, 'store' | 'commits'>;
  /** Claim → names of pods; null until it is asked for. */
  #users: Map<string, Set<string>> | null = null;

  constructor(context: Pick<StoreContext, 'store' | 'commits'>) {
    this.#context = context;
  }

  /** Forgets everything; the next question builds it anew. */
  reset(): void {
    this.#users = null;
  }

  /** Takes a change of a pod in. */
  onChange({ resource, name, before, after }: Change): void {
    if (this.#users === null || resource !== 'pods') return;
    for (const claim of claimsOf(before)) this.#users.get(claim)?.delete(name);
    for (const claim of claimsOf(after)) add(this.#users, claim, name);
  }

  /** The pods that use a claim, in the order of their names. */
  podsOf(claim: string): KubernetesObject[] {
    this.#users ??= this.#build();
    const { commits } = this.#context;
    return [...(this.#users.get(claim) ?? [])]
      .sort()
      .flatMap((name) => commits.read({ resource: 'pods', name }) ?? []);
  }

  #build(): Map<string, Set<string>> {
    const { store, commits } = this.#context;
    const users = new Map<string, Set<string>>();
    for (const { name } of store.list('pods', {})) {
      for (const claim of claimsOf(commits.read({ resource: 'pods', name }))) {
        add(users, claim, name);
      }
    }
    return users;
  }
}

const claimsOf = (pod: KubernetesObject | null): string[] =>
  pod === null ? [] : podClaims(as<Pod>(pod)).map(({ claim }) => claim);

function add(users: Map<string, Set<string>>, claim: string, pod: string): void {
  const found = users.get(claim);
  if (found === undefined) users.set(claim, new Set([pod]));
  else found.add(pod);
}
