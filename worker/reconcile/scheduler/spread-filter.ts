import type { LedgerNode } from './ledger.ts';
import type { NodeTable, Topology } from './node-table.ts';
import type { PlacedPods, PodTraits, Profile } from './placed-pods.ts';
import { profileTest } from './profile-test.ts';
import type { ProfileTest } from './profile-test.ts';
import type { Rejection } from './rejection.ts';
import type { SpreadConstraint } from './spread-constraints.ts';
import type { StaticFit } from './static-fit.ts';

const SKEWED: Rejection = {
  reasons: ["node(s) didn't match pod topology spread constraints"],
  final: false,
};
const UNLABELLED: Rejection = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  final: true,
};

/** One constraint with the pods of each of its domains counted. */
interface Skew {
  readonly topology: Topology;
  readonly maxSkew: number;
  /** 1 when the pod itself counts where it goes. */
  readonly self: number;
  /** Nodes whose pods count. Also says that their domain exists. */
  readonly eligible: Uint8Array;
  readonly counts: Int32Array;
  readonly exists: Uint8Array;
  /** Fewer domains than the constraint wants: then the least count is taken for zero. */
  readonly isShort: boolean;
  readonly counted: ProfileTest;
  least: number;
  /** How many domains have the least count. */
  atLeast: number;
}

/**
 * PodTopologySpread with DoNotSchedule: a node is refused when its domain, with the pod, would have
 * more than `maxSkew` pods above the domain with the fewest. Domains are those of nodes that have
 * every constraint's label and that the constraint's policies do not leave out
 * (plugins/podtopologyspread/filtering.go).
 */
export class SpreadFilter {
  readonly isActive: boolean;
  readonly #skews: readonly Skew[];

  constructor(
    table: NodeTable,
    placed: PlacedPods<LedgerNode>,
    fit: StaticFit,
    traits: PodTraits,
    constraints: readonly SpreadConstraint[],
  ) {
    this.isActive = constraints.length > 0;
    const topologies = constraints.map(({ topologyKey }) => table.topology(topologyKey));
    this.#skews = constraints.map((constraint) => {
      const topology = table.topology(constraint.topologyKey);
      return newSkew(
        placed,
        traits,
        constraint,
        topology,
        eligibility(fit, constraint, topologies),
      );
    });
  }

  allows(slot: number): boolean {
    for (const skew of this.#skews) {
      const domain = skew.topology.domainOf[slot] ?? -1;
      if (domain < 0 || exceeds(skew, domain)) return false;
    }
    return true;
  }

  rejection(slot: number): Rejection | null {
    for (const skew of this.#skews) {
      const domain = skew.topology.domainOf[slot] ?? -1;
      if (domain < 0) return UNLABELLED;
      if (exceeds(skew, domain)) return SKEWED;
    }
    return null;
  }

  onPlaced(slot: number, profile: Profile<LedgerNode>): void {
    for (const skew of this.#skews) {
      if (skew.eligible[slot] !== 1 || !skew.counted(profile)) continue;
      const domain = skew.topology.domainOf[slot] ?? -1;
      const before = skew.counts[domain] ?? 0;
      skew.counts[domain] = before + 1;
      if (before === skew.least && --skew.atLeast === 0) findLeast(skew);
    }
  }
}

function exceeds(skew: Skew, domain: number): boolean {
  const least = skew.isShort ? 0 : skew.least;
  return (skew.counts[domain] ?? 0) + skew.self - least > skew.maxSkew;
}

/** Which nodes take part in a constraint, given the topologies of all constraints beside it. */
export function eligibility(
  fit: StaticFit,
  { honorsAffinity, honorsTaints }: SpreadConstraint,
  topologies: readonly Topology[],
): Uint8Array {
  const eligible = new Uint8Array(fit.verdicts.length);
  for (let slot = 0; slot < eligible.length; slot++) {
    const takesPart =
      (!honorsAffinity || fit.isWanted(slot)) &&
      (!honorsTaints || fit.isTolerated(slot)) &&
      topologies.every(({ domainOf }) => (domainOf[slot] ?? -1) >= 0);
    if (takesPart) eligible[slot] = 1;
  }
  return eligible;
}

function newSkew(
  placed: PlacedPods<LedgerNode>,
  traits: PodTraits,
  { labels, maxSkew, minDomains }: SpreadConstraint,
  topology: Topology,
  eligible: Uint8Array,
): Skew {
  const selector = { namespaces: [traits.namespace], ...(labels === undefined ? {} : { labels }) };
  const counter = placed.counter([selector], false);
  const counts = new Int32Array(topology.size);
  const exists = new Uint8Array(topology.size);
  let domains = 0;
  eligible.forEach((takesPart, slot) => {
    const domain = topology.domainOf[slot] ?? -1;
    if (takesPart === 0 || exists[domain] === 1) return;
    exists[domain] = 1;
    domains++;
  });
  for (const [{ slot }, count] of counter.perNode) {
    if (slot < 0 || eligible[slot] !== 1) continue;
    const domain = topology.domainOf[slot] ?? -1;
    counts[domain] = (counts[domain] ?? 0) + count;
  }
  const skew: Skew = {
    topology,
    maxSkew,
    self: placed.predicate([selector])(traits) ? 1 : 0,
    eligible,
    counts,
    exists,
    isShort: domains < minDomains,
    counted: profileTest(counter.matches),
    least: 0,
    atLeast: 0,
  };
  findLeast(skew);
  return skew;
}

function findLeast(skew: Skew): void {
  skew.least = 0;
  skew.atLeast = 0;
  skew.exists.forEach((exists, domain) => {
    if (exists === 0) return;
    const count = skew.counts[domain] ?? 0;
    if (skew.atLeast === 0 || count < skew.least) {
      skew.least = count;
      skew.atLeast = 1;
    } else if (count === skew.least) {
      skew.atLeast++;
    }
  });
}
