import type { Demand } from './demand.ts';
import type { Ledger, LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Footprint } from './pod-request.ts';
import type { Rejection } from './rejection.ts';
import { balancedAllocation, leastAllocated } from './resource-scores.ts';
import { Room } from './room.ts';

/**
 * What nodes are to a pod by what is taken of them: the filters NodePorts and NodeResourcesFit, and
 * the scores LeastAllocated and BalancedAllocation. Computed for all nodes once, and again for each
 * that a pod was placed on since.
 */
export class ResourceFit {
  /** 1 where there is room. */
  readonly fits: Uint8Array;
  readonly scores: Uint16Array;
  readonly #nodes: readonly LedgerNode[];
  readonly #demand: Demand;
  readonly #room: Room;
  readonly #cpu: number;
  readonly #memory: number;

  constructor(
    ledger: Ledger,
    table: NodeTable,
    footprint: Pick<Footprint, 'demand' | 'hostPorts'>,
  ) {
    this.#nodes = table.nodes;
    this.#demand = footprint.demand;
    this.#room = new Room(ledger, footprint);
    this.#cpu = ledger.column('cpu');
    this.#memory = ledger.column('memory');
    this.fits = new Uint8Array(table.size);
    this.scores = new Uint16Array(table.size);
    for (let slot = 0; slot < table.size; slot++) this.refresh(slot);
  }

  refresh(slot: number): void {
    const node = this.#nodes[slot];
    if (node === undefined) return;
    const fits = this.#room.isOn(node);
    this.fits[slot] = fits ? 1 : 0;
    this.scores[slot] = fits ? this.#score(node) : 0;
  }

  rejection(slot: number): Rejection | null {
    const node = this.#nodes[slot];
    return node === undefined || this.fits[slot] === 1 ? null : this.#room.rejection(node);
  }

  #score(node: LedgerNode): number {
    const { requests, scoringCPU, scoringMemory } = this.#demand;
    const cpu = node.allocatable[this.#cpu] ?? 0;
    const memory = node.allocatable[this.#memory] ?? 0;
    const least = leastAllocated(
      node.scoringCPU + scoringCPU,
      cpu,
      node.scoringMemory + scoringMemory,
      memory,
    );
    const wantsCPU = requests['cpu'] ?? 0;
    const wantsMemory = requests['memory'] ?? 0;
    // A pod that asks for nothing is not balanced: it would go to the most balanced node every time.
    if (wantsCPU + wantsMemory === 0) return least;
    const usedCPU = (node.requested[this.#cpu] ?? 0) + wantsCPU;
    const usedMemory = (node.requested[this.#memory] ?? 0) + wantsMemory;
    return least + balancedAllocation(usedCPU, cpu, usedMemory, memory);
  }
}
