import { podPredicate } from './pod-selector.ts';
import type { PodPredicate, PodSelector, Selectable } from './pod-selector.ts';
import type { AffinityTerm, PodTerms } from './pod-terms.ts';

type Labels = Readonly<Record<string, string>>;

/** What other pods know a pod by. */
export interface PodTraits extends Selectable {
  /** Being deleted: spreading does not count it any more, affinity does. */
  readonly terminating?: true;
  readonly terms?: PodTerms;
}

/** The placed pods whose traits are the same. */
export interface Profile<N> {
  readonly key: string;
  readonly traits: PodTraits;
  readonly perNode: Map<N, number>;
  readonly countedBy: Set<PodCounter<N>>;
  readonly terms: readonly HeldTerm<N>[];
}

/** A term that placed pods have, with how many on each node have it. */
export interface HeldTerm<N> {
  readonly key: string;
  readonly kind: 'required' | 'excluded' | 'preferred';
  readonly weight: number;
  readonly topologyKey: string;
  readonly accepts: PodPredicate;
  readonly perNode: Map<N, number>;
}

/** The placed pods that all of some selectors pick, counted by node. */
export interface PodCounter<N> {
  readonly matches: (traits: PodTraits) => boolean;
  readonly perNode: Map<N, number>;
  readonly byNamespaceLabels: boolean;
}

/** Counters that are kept up to date between batches. Those longest unused are given up first. */
const MAX_COUNTERS = 256;
/** What a placed pod's required affinity weighs for one that it would like to have near (upstream: hardPodAffinityWeight). */
const REQUIRED_WEIGHT = 1;

/**
 * What is known of the pods that are placed, so that a question about them costs as much as there are
 * nodes with an answer, not as there are pods: pods are counted by profile, and what rules ask for is
 * counted once and kept up with every pod that comes and goes. `N` is a node.
 */
export class PlacedPods<N> {
  readonly #profiles = new Map<string, Profile<N>>();
  readonly #held = new Map<string, { readonly term: HeldTerm<N>; profiles: number }>();
  readonly #counters = new Map<string, PodCounter<N>>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #labelsOf = (namespace: string): Labels => this.#namespaces.get(namespace) ?? {};

  /** False when nothing changed. */
  setNamespace(name: string, labels: Labels): boolean {
    const known = this.#namespaces.get(name);
    this.#namespaces.set(name, labels);
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(labels)) return false;
    for (const [key, counter] of this.#counters) {
      if (counter.byNamespaceLabels) this.#dropCounter(key, counter);
    }
    return true;
  }

  add(node: N, traits: PodTraits): Profile<N> {
    const profile = this.#profile(traits);
    change(profile.perNode, node, 1);
    for (const counter of profile.countedBy) change(counter.perNode, node, 1);
    for (const term of profile.terms) change(term.perNode, node, 1);
    return profile;
  }

  remove(node: N, profile: Profile<N>): void {
    change(profile.perNode, node, -1);
    for (const counter of profile.countedBy) change(counter.perNode, node, -1);
    for (const term of profile.terms) change(term.perNode, node, -1);
    if (profile.perNode.size === 0) this.#dropProfile(profile);
  }

  /** The terms of placed pods, each once. */
  *heldTerms(): IterableIterator<HeldTerm<N>> {
    for (const { term } of this.#held.values()) yield term;
  }

  /** Counts the placed pods that every one of the selectors picks. The counts stay true. */
  counter(selectors: readonly PodSelector[], countsTerminating: boolean): PodCounter<N> {
    const key = JSON.stringify([countsTerminating, selectors]);
    const known = this.#counters.get(key);
    if (known !== undefined) {
      this.#counters.delete(key);
      this.#counters.set(key, known);
      return known;
    }
    for (const [oldest, counter] of this.#counters) {
      if (this.#counters.size < MAX_COUNTERS) break;
      this.#dropCounter(oldest, counter);
    }
    const accepts = this.predicate(selectors);
    const counter: PodCounter<N> = {
      matches: (traits) => (countsTerminating || traits.terminating !== true) && accepts(traits),
      perNode: new Map(),
      byNamespaceLabels: selectors.some((s) => s.namespaceSelector !== undefined),
    };
    this.#counters.set(key, counter);
    for (const profile of this.#profiles.values()) {
      if (!counter.matches(profile.traits)) continue;
      profile.countedBy.add(counter);
      for (const [node, count] of profile.perNode) change(counter.perNode, node, count);
    }
    return counter;
  }

  /** Whether every one of the selectors picks a pod. */
  predicate(selectors: readonly PodSelector[]): PodPredicate {
    const all = selectors.map((selector) => podPredicate(selector, this.#labelsOf));
    return (pod) => all.every((accepts) => accepts(pod));
  }

  #profile(traits: PodTraits): Profile<N> {
    const key = JSON.stringify(traits);
    const known = this.#profiles.get(key);
    if (known !== undefined) return known;
    const profile: Profile<N> = {
      key,
      traits,
      perNode: new Map(),
      countedBy: new Set([...this.#counters.values()].filter((c) => c.matches(traits))),
      terms: this.#holdTerms(traits.terms ?? {}),
    };
    this.#profiles.set(key, profile);
    return profile;
  }

  #holdTerms({ required = [], excluded = [], preferred = [] }: PodTerms): HeldTerm<N>[] {
    return [
      ...required.map((term) => this.#hold('required', term, REQUIRED_WEIGHT)),
      ...excluded.map((term) => this.#hold('excluded', term, 0)),
      ...preferred.map((term) => this.#hold('preferred', term, term.weight)),
    ];
  }

  #hold(kind: HeldTerm<N>['kind'], source: AffinityTerm, weight: number): HeldTerm<N> {
    const key = JSON.stringify([kind, source]);
    const known = this.#held.get(key);
    if (known !== undefined) {
      known.profiles++;
      return known.term;
    }
    const term: HeldTerm<N> = {
      key,
      kind,
      weight,
      topologyKey: source.topologyKey,
      accepts: this.predicate([source]),
      perNode: new Map(),
    };
    this.#held.set(key, { term, profiles: 1 });
    return term;
  }

  #dropProfile(profile: Profile<N>): void {
    this.#profiles.delete(profile.key);
    for (const { key } of profile.terms) {
      const held = this.#held.get(key);
      if (held !== undefined && --held.profiles === 0) this.#held.delete(key);
    }
  }

  #dropCounter(key: string, counter: PodCounter<N>): void {
    this.#counters.delete(key);
    for (const profile of this.#profiles.values()) profile.countedBy.delete(counter);
  }
}

function change<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
