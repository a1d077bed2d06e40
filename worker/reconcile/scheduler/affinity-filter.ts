import { DomainCounts } from './domain-counts.ts';
import type { LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { HeldTerm, PlacedPods, PodTraits, Profile } from './placed-pods.ts';
import { profileTest } from './profile-test.ts';
import type { ProfileTest } from './profile-test.ts';
import type { Rejection } from './rejection.ts';

const NOT_NEAR: Rejection = { reasons: ["node(s) didn't match pod affinity rules"], final: true };
const TOO_NEAR: Rejection = {
  reasons: ["node(s) didn't match pod anti-affinity rules"],
  final: false,
};
const UNWELCOME: Rejection = {
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  final: false,
};

interface Counted {
  readonly domains: DomainCounts;
  readonly counted: ProfileTest;
}

/**
 * InterPodAffinity: what the pod requires of the pods near it, and what those require of it
 * (plugins/interpodaffinity/filtering.go). "Near" is the same value of the term's node label.
 */
export class AffinityFilter {
  readonly #table: NodeTable;
  readonly #traits: PodTraits;
  /** Pods that all required terms pick, by the label of each term. */
  readonly #required: readonly DomainCounts[];
  readonly #isRequired: ProfileTest;
  /** The first of a series: nobody fits the terms yet, and the pod itself would. */
  readonly #fitsItself: boolean;
  #isAnyPlaced = false;
  /** Pods that a term of the pod's anti-affinity picks. */
  readonly #excluded: readonly Counted[];
  /** Pods whose anti-affinity picks the pod, by the label of their terms. */
  readonly #unwelcome: DomainCounts[] = [];
  readonly #unwelcomeByKey = new Map<string, DomainCounts>();
  readonly #picksPod = new Map<HeldTerm<LedgerNode>, boolean>();

  constructor(table: NodeTable, placed: PlacedPods<LedgerNode>, traits: PodTraits) {
    const { required = [], excluded = [] } = traits.terms ?? {};
    this.#table = table;
    this.#traits = traits;
    this.#required = required.map(({ topologyKey }) => new DomainCounts(table, topologyKey));
    const isRequired = required.length === 0 ? null : placed.counter(required, true);
    this.#isRequired = profileTest(isRequired?.matches ?? (() => false));
    this.#fitsItself = placed.predicate(required)(traits);
    for (const [{ slot }, count] of isRequired?.perNode ?? []) {
      if (slot >= 0) this.#countRequired(slot, count);
    }
    this.#excluded = excluded.map((term) => {
      const counter = placed.counter([term], true);
      const domains = new DomainCounts(table, term.topologyKey);
      domains.addAll(counter.perNode);
      return { domains, counted: profileTest(counter.matches) };
    });
    for (const term of placed.heldTerms()) {
      if (this.#excludesPod(term)) this.#unwelcomeBy(term).addAll(term.perNode);
    }
  }

  get isActive(): boolean {
    return this.#required.length + this.#excluded.length + this.#unwelcome.length > 0;
  }

  allows(slot: number): boolean {
    return this.#isNear(slot) && this.#isApart(slot) && this.#isWelcome(slot);
  }

  rejection(slot: number): Rejection | null {
    if (!this.#isNear(slot)) return NOT_NEAR;
    if (!this.#isApart(slot)) return TOO_NEAR;
    return this.#isWelcome(slot) ? null : UNWELCOME;
  }

  onPlaced(slot: number, profile: Profile<LedgerNode>): void {
    if (this.#required.length > 0 && this.#isRequired(profile)) this.#countRequired(slot, 1);
    for (const { domains, counted } of this.#excluded) if (counted(profile)) domains.add(slot, 1);
    for (const term of profile.terms) {
      if (this.#excludesPod(term)) this.#unwelcomeBy(term).add(slot, 1);
    }
  }

  /** Every term's label must be there, and a pod in each of the domains. */
  #isNear(slot: number): boolean {
    let areAllThere = true;
    for (const domains of this.#required) {
      if ((domains.topology.domainOf[slot] ?? -1) < 0) return false;
      if (domains.at(slot) <= 0) areAllThere = false;
    }
    return areAllThere || (!this.#isAnyPlaced && this.#fitsItself);
  }

  #isApart(slot: number): boolean {
    for (const { domains } of this.#excluded) if (domains.at(slot) > 0) return false;
    return true;
  }

  #isWelcome(slot: number): boolean {
    for (const domains of this.#unwelcome) if (domains.at(slot) > 0) return false;
    return true;
  }

  #countRequired(slot: number, count: number): void {
    for (const domains of this.#required) {
      if (domains.add(slot, count) >= 0) this.#isAnyPlaced = true;
    }
  }

  #excludesPod(term: HeldTerm<LedgerNode>): boolean {
    if (term.kind !== 'excluded') return false;
    let answer = this.#picksPod.get(term);
    if (answer === undefined) {
      answer = term.accepts(this.#traits);
      this.#picksPod.set(term, answer);
    }
    return answer;
  }

  #unwelcomeBy({ topologyKey }: HeldTerm<LedgerNode>): DomainCounts {
    const known = this.#unwelcomeByKey.get(topologyKey);
    if (known !== undefined) return known;
    const domains = new DomainCounts(this.#table, topologyKey);
    this.#unwelcomeByKey.set(topologyKey, domains);
    this.#unwelcome.push(domains);
    return domains;
  }
}
