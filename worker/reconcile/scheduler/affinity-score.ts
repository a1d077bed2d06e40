import { DomainCounts } from './domain-counts.ts';
import type { LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { HeldTerm, PlacedPods, PodTraits, Profile } from './placed-pods.ts';
import { profileTest } from './profile-test.ts';
import type { ProfileTest } from './profile-test.ts';
import type { Scratch } from './scratch.ts';

const MAX_SCORE = 100;

interface Wish {
  readonly domains: DomainCounts;
  readonly counted: ProfileTest;
  readonly weight: number;
}

/**
 * InterPodAffinity's score: the weights of the pod's preferred terms for every pod near that they
 * pick, and of the preferred and required terms of pods near for the pod
 * (plugins/interpodaffinity/scoring.go).
 */
export class AffinityScore {
  readonly #table: NodeTable;
  readonly #traits: PodTraits;
  readonly #weights = new Map<string, DomainCounts>();
  readonly #wishes: readonly Wish[];
  readonly #picksPod = new Map<HeldTerm<LedgerNode>, boolean>();
  readonly #raw: Float64Array;

  constructor(
    table: NodeTable,
    placed: PlacedPods<LedgerNode>,
    traits: PodTraits,
    scratch: Scratch,
  ) {
    this.#table = table;
    this.#traits = traits;
    this.#raw = scratch.raw;
    this.#wishes = (traits.terms?.preferred ?? []).map(({ weight, ...term }) => {
      const counter = placed.counter([term], true);
      const domains = this.#weightsBy(term.topologyKey);
      domains.addAll(counter.perNode, weight);
      return { domains, weight, counted: profileTest(counter.matches) };
    });
    for (const term of placed.heldTerms()) {
      if (this.#wantsPod(term)) {
        this.#weightsBy(term.topologyKey).addAll(term.perNode, term.weight);
      }
    }
  }

  get isActive(): boolean {
    return this.#weights.size > 0;
  }

  onPlaced(slot: number, profile: Profile<LedgerNode>): void {
    for (const { domains, counted, weight } of this.#wishes) {
      if (counted(profile)) domains.add(slot, weight);
    }
    for (const term of profile.terms) {
      if (this.#wantsPod(term)) this.#weightsBy(term.topologyKey).add(slot, term.weight);
    }
  }

  /** Adds the normalized scores of the first `length` candidates. */
  addTo({ totals, candidates }: Scratch, length: number, weight: number): void {
    let least = Infinity;
    let most = -Infinity;
    const all = [...this.#weights.values()];
    for (let i = 0; i < length; i++) {
      let raw = 0;
      for (const domains of all) raw += domains.at(candidates[i] ?? 0);
      this.#raw[i] = raw;
      if (raw < least) least = raw;
      if (raw > most) most = raw;
    }
    if (most <= least) return;
    for (let i = 0; i < length; i++) {
      const score = Math.floor(MAX_SCORE * (((this.#raw[i] ?? 0) - least) / (most - least)));
      totals[i] = (totals[i] ?? 0) + weight * score;
    }
  }

  #wantsPod(term: HeldTerm<LedgerNode>): boolean {
    if (term.weight === 0) return false;
    let answer = this.#picksPod.get(term);
    if (answer === undefined) {
      answer = term.accepts(this.#traits);
      this.#picksPod.set(term, answer);
    }
    return answer;
  }

  #weightsBy(topologyKey: string): DomainCounts {
    const known = this.#weights.get(topologyKey);
    if (known !== undefined) return known;
    const domains = new DomainCounts(this.#table, topologyKey);
    this.#weights.set(topologyKey, domains);
    return domains;
  }
}
