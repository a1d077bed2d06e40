import type { Ledger, LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Profile } from './placed-pods.ts';
import type { PodRequest } from './pod-request.ts';
import { ResourceFit } from './resource-fit.ts';
import { Round } from './round.ts';
import { newScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';
import { StaticFit } from './static-fit.ts';

/**
 * How many of each are kept for pods that are like an earlier one. With 5,000 nodes a round is some
 * 200 kB at most.
 */
const MAX_KEPT = 32;

interface Placed {
  readonly slot: number;
  readonly profile: Profile<LedgerNode>;
}

interface Kept<T> {
  readonly value: T;
  /** How many of the batch's placements it knows of. */
  seen: number;
}

/** A round, and what it reads of resources: brought up to date together, whatever else is dropped. */
interface RoundParts {
  readonly round: Round;
  readonly resources: Kept<ResourceFit>;
}

/**
 * What is computed while one batch is placed, shared by pods that are alike. Every placement is
 * written down; who is asked next catches up with those that it has not seen.
 */
export class Batch {
  readonly table: NodeTable;
  readonly #ledger: Ledger;
  readonly #placed: Placed[] = [];
  readonly #fits = new Map<string, Kept<StaticFit>>();
  readonly #resources = new Map<string, Kept<ResourceFit>>();
  readonly #rounds = new Map<string, Kept<RoundParts>>();
  readonly #scratch: Scratch;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.table = ledger.table();
    this.#scratch = newScratch(this.table.size);
  }

  /** How many pods were placed so far. */
  get placements(): number {
    return this.#placed.length;
  }

  /** Reserves room, for a pod that is to be bound, or for one that others make room for. */
  place({ uid, footprint }: PodRequest, slot: number, isNominated = false): string {
    const node = this.table.nodes[slot];
    if (node === undefined) throw new Error(`no node in slot ${slot}`);
    const profile = this.#ledger.reserve(uid, node.name, footprint, isNominated);
    this.#placed.push({ slot, profile });
    return node.name;
  }

  /** Forgets what was counted: some of it was taken back. */
  recount(): void {
    this.#resources.clear();
    this.#rounds.clear();
  }

  /** The round of the pod, up to date. */
  round(request: PodRequest): Round {
    const { footprint, constraints } = request;
    const { demand, hostPorts, traits } = footprint;
    const key = JSON.stringify([demand, hostPorts, traits, constraints]);
    const kept = this.#keep(this.#rounds, key, () => this.#newRound(request));
    const { round, resources } = kept.value;
    this.#catchUp(resources, ({ slot }) => resources.value.refresh(slot));
    this.#catchUp(kept, ({ slot, profile }) => round.onPlaced(slot, profile));
    return round;
  }

  #newRound(request: PodRequest): RoundParts {
    const { demand, hostPorts } = request.footprint;
    const { nodeSelector, nodeAffinity, tolerations, images } = request.constraints;
    const fit = this.#keep(
      this.#fits,
      JSON.stringify([nodeSelector, nodeAffinity, tolerations, images]),
      () => new StaticFit(this.#ledger, this.table, request.constraints),
    );
    const resources = this.#keep(
      this.#resources,
      JSON.stringify([demand, hostPorts]),
      () => new ResourceFit(this.#ledger, this.table, { demand, hostPorts }),
    );
    const parts = [fit.value, resources.value] as const;
    return {
      resources,
      round: new Round(this.#ledger, this.table, ...parts, request, this.#scratch),
    };
  }

  #catchUp<T>(kept: Kept<T>, take: (placed: Placed) => void): void {
    for (; kept.seen < this.#placed.length; kept.seen++) {
      const placed = this.#placed[kept.seen];
      if (placed !== undefined) take(placed);
    }
  }

  /** What is made is made of the ledger as it is, and so knows of all placements. */
  #keep<T>(all: Map<string, Kept<T>>, key: string, make: () => T): Kept<T> {
    const known = all.get(key);
    if (known !== undefined) {
      all.delete(key);
      all.set(key, known);
      return known;
    }
    for (const oldest of all.keys()) {
      if (all.size < MAX_KEPT) break;
      all.delete(oldest);
    }
    const kept = { value: make(), seen: this.#placed.length };
    all.set(key, kept);
    return kept;
  }
}
