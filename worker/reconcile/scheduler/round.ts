import { AffinityFilter } from './affinity-filter.ts';
import { AffinityScore } from './affinity-score.ts';
import type { Ledger, LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Profile } from './placed-pods.ts';
import type { PodRequest } from './pod-request.ts';
import type { Rejection } from './rejection.ts';
import type { ResourceFit } from './resource-fit.ts';
import type { Scratch } from './scratch.ts';
import { SpreadFilter } from './spread-filter.ts';
import { SpreadScore } from './spread-score.ts';
import type { StaticFit } from './static-fit.ts';
import { VolumeFilter } from './volume-filter.ts';

const MAX_SCORE = 100;
/** Weights of the default profile (scheduler/apis/config/v1/default_plugins.go). Those left out are 1. */
const TAINT_WEIGHT = 3;
const NODE_AFFINITY_WEIGHT = 2;
const SPREAD_WEIGHT = 2;
const POD_AFFINITY_WEIGHT = 2;

/**
 * Everything that decides where pods go that are alike. Computed for the first of them; a pod that is
 * placed then changes only what it touches, and choosing a node is one pass over the nodes, whatever
 * runs on them.
 */
export class Round {
  readonly fit: StaticFit;
  readonly resources: ResourceFit;
  readonly #size: number;
  readonly #volumeFilter: VolumeFilter;
  readonly #spreadFilter: SpreadFilter;
  readonly #affinityFilter: AffinityFilter;
  readonly #spreadScore: SpreadScore;
  readonly #affinityScore: AffinityScore;
  readonly #scratch: Scratch;

  constructor(
    ledger: Ledger,
    table: NodeTable,
    fit: StaticFit,
    resources: ResourceFit,
    { footprint, constraints }: PodRequest,
    scratch: Scratch,
  ) {
    const { traits } = footprint;
    const { spreading = {} } = constraints;
    const { placed } = ledger;
    this.fit = fit;
    this.resources = resources;
    this.#size = table.size;
    this.#volumeFilter = new VolumeFilter(table, constraints.volumes);
    this.#spreadFilter = new SpreadFilter(table, placed, fit, traits, spreading.required ?? []);
    this.#affinityFilter = new AffinityFilter(table, placed, traits);
    this.#spreadScore = new SpreadScore(table, placed, fit, traits, spreading, scratch);
    this.#affinityScore = new AffinityScore(table, placed, traits, scratch);
    this.#scratch = scratch;
  }

  /** Takes into account a pod that was placed. What it takes of its node is seen to elsewhere. */
  onPlaced(slot: number, profile: Profile<LedgerNode>): void {
    this.#spreadFilter.onPlaced(slot, profile);
    this.#affinityFilter.onPlaced(slot, profile);
    this.#spreadScore.onPlaced(slot, profile);
    this.#affinityScore.onPlaced(slot, profile);
  }

  /**
   * The slot of the node with the best score among those that no filter refuses, -1 when there is
   * none. Of equally good ones, the first from `start` on, round the end.
   */
  choose(start: number): number {
    const { candidates, totals } = this.#scratch;
    const length = this.#findCandidates(candidates);
    if (length <= 1) return length === 0 ? -1 : (candidates[0] ?? -1);
    this.#score(length);
    let best = -1;
    let bestScore = -Infinity;
    let bestRank = 0;
    for (let i = 0; i < length; i++) {
      const score = totals[i] ?? 0;
      if (score < bestScore) continue;
      const slot = candidates[i] ?? 0;
      const rank = slot >= start ? slot - start : slot - start + this.#size;
      if (score === bestScore && rank > bestRank) continue;
      best = slot;
      bestScore = score;
      bestRank = rank;
    }
    return best;
  }

  /** Why a node was refused; null when it was not. Filters are asked in upstream's order. */
  rejection(slot: number): Rejection | null {
    return (
      this.fit.rejection(slot) ??
      this.resources.rejection(slot) ??
      this.#volumeFilter.rejection(slot) ??
      this.#spreadFilter.rejection(slot) ??
      this.#affinityFilter.rejection(slot)
    );
  }

  #findCandidates(candidates: Int32Array): number {
    const { verdicts } = this.fit;
    const { fits } = this.resources;
    const volumes = this.#volumeFilter.isActive ? this.#volumeFilter : null;
    const spread = this.#spreadFilter.isActive ? this.#spreadFilter : null;
    const affinity = this.#affinityFilter.isActive ? this.#affinityFilter : null;
    let length = 0;
    for (let slot = 0; slot < this.#size; slot++) {
      if (verdicts[slot] !== 0 || fits[slot] === 0) continue;
      if (volumes !== null && !volumes.allows(slot)) continue;
      if (spread !== null && !spread.allows(slot)) continue;
      if (affinity !== null && !affinity.allows(slot)) continue;
      candidates[length++] = slot;
    }
    return length;
  }

  #score(length: number): void {
    const { disliked, preference, images } = this.fit;
    const { candidates, totals } = this.#scratch;
    const { scores } = this.resources;
    let mostDisliked = 0;
    let mostPreferred = 0;
    for (let i = 0; i < length; i++) {
      const slot = candidates[i] ?? 0;
      mostDisliked = Math.max(mostDisliked, disliked[slot] ?? 0);
      mostPreferred = Math.max(mostPreferred, preference[slot] ?? 0);
      totals[i] = (scores[slot] ?? 0) + (images[slot] ?? 0);
    }
    this.#addNormalized(length, disliked, mostDisliked, -TAINT_WEIGHT);
    this.#addNormalized(length, preference, mostPreferred, NODE_AFFINITY_WEIGHT);
    if (this.#spreadScore.isActive) {
      this.#spreadScore.addTo(this.#scratch, length, SPREAD_WEIGHT);
    }
    if (this.#affinityScore.isActive) {
      this.#affinityScore.addTo(this.#scratch, length, POD_AFFINITY_WEIGHT);
    }
  }

  /** Scales to 0 … 100 by the most that a candidate has. What all have alike decides nothing. */
  #addNormalized(
    length: number,
    raw: Uint16Array | Int32Array,
    most: number,
    weight: number,
  ): void {
    if (most <= 0) return;
    const { candidates, totals } = this.#scratch;
    for (let i = 0; i < length; i++) {
      const share = Math.floor((MAX_SCORE * (raw[candidates[i] ?? 0] ?? 0)) / most);
      totals[i] = (totals[i] ?? 0) + weight * share;
    }
  }
}
