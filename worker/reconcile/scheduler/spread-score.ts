import type { LedgerNode } from './ledger.ts';
import type { NodeTable, Topology } from './node-table.ts';
import type { PlacedPods, PodTraits, Profile } from './placed-pods.ts';
import { profileTest } from './profile-test.ts';
import type { ProfileTest } from './profile-test.ts';
import type { Scratch } from './scratch.ts';
import { eligibility } from './spread-filter.ts';
import { HOSTNAME } from './spread-constraints.ts';
import type { SpreadConstraint, Spreading } from './spread-constraints.ts';
import type { StaticFit } from './static-fit.ts';

const MAX_SCORE = 100;

/** One constraint with what is counted for it. */
interface Spread {
  readonly topology: Topology;
  /** By slot for the host name, which counts a node's own pods whatever its label says; else by domain. */
  readonly counts: Int32Array;
  readonly isHostname: boolean;
  readonly maxSkew: number;
  readonly eligible: Uint8Array;
  readonly counted: ProfileTest;
  /** The pass in which a domain was last met among the candidates. */
  readonly metIn: Int32Array;
  weight: number;
}

/**
 * PodTopologySpread with ScheduleAnyway, also by the system's defaults: the fewer pods a node's
 * domains have, the better. A constraint weighs by the logarithm of how many domains the candidates
 * are in, so that few large domains are not drowned by many small ones
 * (plugins/podtopologyspread/scoring.go).
 */
export class SpreadScore {
  readonly isActive: boolean;
  readonly #spreads: readonly Spread[];
  /** Nodes that lack a label of the pod's own constraints, and get nothing. */
  readonly #ignored: Uint8Array;
  readonly #isAnyIgnored: boolean;
  readonly #raw: Float64Array;
  #pass = 0;

  constructor(
    table: NodeTable,
    placed: PlacedPods<LedgerNode>,
    fit: StaticFit,
    traits: PodTraits,
    { preferred = [], isDefault }: Spreading,
    scratch: Scratch,
  ) {
    this.#raw = scratch.raw;
    this.isActive = preferred.length > 0;
    this.#ignored = new Uint8Array(this.isActive ? table.size : 0);
    const topologies = preferred.map(({ topologyKey }) => table.topology(topologyKey));
    const needed = isDefault === true ? [] : topologies;
    for (let slot = 0; slot < this.#ignored.length; slot++) {
      if (needed.some(({ domainOf }) => (domainOf[slot] ?? -1) < 0)) this.#ignored[slot] = 1;
    }
    this.#isAnyIgnored = this.#ignored.includes(1);
    this.#spreads = preferred.map((constraint) =>
      newSpread(table, placed, traits, constraint, eligibility(fit, constraint, needed)),
    );
  }

  onPlaced(slot: number, profile: Profile<LedgerNode>): void {
    for (const spread of this.#spreads) count(spread, slot, 1, profile);
  }

  /** Adds the normalized scores of the first `length` candidates. */
  addTo({ totals, candidates }: Scratch, length: number, weight: number): void {
    this.#weigh(candidates, length);
    let least = Infinity;
    let most = 0;
    for (let i = 0; i < length; i++) {
      const slot = candidates[i] ?? 0;
      if (this.#ignored[slot] === 1) continue;
      const raw = Math.round(this.#rawScore(slot));
      this.#raw[i] = raw;
      if (raw < least) least = raw;
      if (raw > most) most = raw;
    }
    for (let i = 0; i < length; i++) {
      if (this.#ignored[candidates[i] ?? 0] === 1) continue;
      const score =
        most === 0
          ? MAX_SCORE
          : Math.floor((MAX_SCORE * (most + least - (this.#raw[i] ?? 0))) / most);
      totals[i] = (totals[i] ?? 0) + weight * score;
    }
  }

  #rawScore(slot: number): number {
    let score = 0;
    for (const spread of this.#spreads) {
      const domain = spread.topology.domainOf[slot] ?? -1;
      if (domain < 0) continue;
      const found = spread.counts[spread.isHostname ? slot : domain] ?? 0;
      score += found * spread.weight + (spread.maxSkew - 1);
    }
    return score;
  }

  #weigh(candidates: Int32Array, length: number): void {
    const pass = ++this.#pass;
    for (const spread of this.#spreads) {
      const domains = spread.isHostname
        ? this.#countScored(candidates, length)
        : this.#countDomains(spread, candidates, length, pass);
      spread.weight = Math.log(domains + 2);
    }
  }

  #countScored(candidates: Int32Array, length: number): number {
    if (!this.#isAnyIgnored) return length;
    let scored = 0;
    for (let i = 0; i < length; i++) if (this.#ignored[candidates[i] ?? 0] === 0) scored++;
    return scored;
  }

  /** How many domains the candidates are in. Those without the label are one, by upstream's count. */
  #countDomains(
    { topology, metIn }: Spread,
    candidates: Int32Array,
    length: number,
    pass: number,
  ): number {
    let domains = 0;
    let unlabelled = 0;
    for (let i = 0; i < length; i++) {
      const slot = candidates[i] ?? 0;
      if (this.#ignored[slot] === 1) continue;
      const domain = topology.domainOf[slot] ?? -1;
      if (domain < 0) unlabelled = 1;
      else if (metIn[domain] !== pass) {
        metIn[domain] = pass;
        // No node is left that could add to it.
        if (++domains === topology.size && topology.isComplete) return domains;
      }
    }
    return domains + unlabelled;
  }
}

function newSpread(
  table: NodeTable,
  placed: PlacedPods<LedgerNode>,
  traits: PodTraits,
  { topologyKey, labels, maxSkew }: SpreadConstraint,
  eligible: Uint8Array,
): Spread {
  const selector = { namespaces: [traits.namespace], ...(labels === undefined ? {} : { labels }) };
  const counter = placed.counter([selector], false);
  const topology = table.topology(topologyKey);
  const isHostname = topologyKey === HOSTNAME;
  const spread: Spread = {
    topology,
    isHostname,
    maxSkew,
    eligible,
    counts: new Int32Array(isHostname ? table.size : topology.size),
    counted: profileTest(counter.matches),
    metIn: new Int32Array(topology.size),
    weight: 0,
  };
  for (const [{ slot }, amount] of counter.perNode) count(spread, slot, amount);
  return spread;
}

function count(
  { topology, counts, isHostname, eligible, counted }: Spread,
  slot: number,
  amount: number,
  profile?: Profile<LedgerNode>,
): void {
  const place = isHostname ? slot : (topology.domainOf[slot] ?? -1);
  if (slot < 0 || place < 0 || eligible[slot] !== 1) return;
  if (profile === undefined || counted(profile)) counts[place] = (counts[place] ?? 0) + amount;
}
