import { splitHostPort } from './ledger.ts';
import type { Ledger, LedgerNode } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Footprint } from './pod-request.ts';
import type { Rejection } from './rejection.ts';
import { balancedAllocation, leastAllocated } from './resource-scores.ts';

const PORTS_TAKEN: Rejection = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  final: false,
};

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
  readonly #footprint: Pick<Footprint, 'demand' | 'hostPorts'>;
  readonly #resources: readonly string[];
  readonly #columns: readonly number[];
  readonly #amounts: readonly number[];
  readonly #cpu: number;
  readonly #memory: number;

  constructor(
    ledger: Ledger,
    table: NodeTable,
    footprint: Pick<Footprint, 'demand' | 'hostPorts'>,
  ) {
    const needs = Object.entries(footprint.demand.requests).filter(([, amount]) => amount > 0);
    this.#nodes = table.nodes;
    this.#footprint = footprint;
    this.#resources = needs.map(([resource]) => resource);
    this.#columns = needs.map(([resource]) => ledger.column(resource));
    this.#amounts = needs.map(([, amount]) => amount);
    this.#cpu = ledger.column('cpu');
    this.#memory = ledger.column('memory');
    this.fits = new Uint8Array(table.size);
    this.scores = new Uint16Array(table.size);
    for (let slot = 0; slot < table.size; slot++) this.refresh(slot);
  }

  refresh(slot: number): void {
    const node = this.#nodes[slot];
    if (node === undefined) return;
    const fits = this.#hasRoom(node);
    this.fits[slot] = fits ? 1 : 0;
    this.scores[slot] = fits ? this.#score(node) : 0;
  }

  /** Says why a node without room has none. Final when the node is too small even when empty. */
  rejection(slot: number): Rejection | null {
    const node = this.#nodes[slot];
    if (node === undefined || this.fits[slot] === 1) return null;
    if (portsConflict(this.#footprint.hostPorts, node)) return PORTS_TAKEN;
    const reasons: string[] = [];
    let final = false;
    this.#resources.forEach((resource, i) => {
      const column = this.#columns[i] ?? 0;
      const amount = this.#amounts[i] ?? 0;
      const allocatable = node.allocatable[column] ?? 0;
      if (amount <= allocatable - (node.requested[column] ?? 0)) return;
      reasons.push(resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`);
      if (amount > allocatable) final = true;
    });
    return { reasons, final };
  }

  #hasRoom(node: LedgerNode): boolean {
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i] ?? 0;
      const free = (node.allocatable[column] ?? 0) - (node.requested[column] ?? 0);
      if ((this.#amounts[i] ?? 0) > free) return false;
    }
    const { hostPorts } = this.#footprint;
    return hostPorts.length === 0 || !portsConflict(hostPorts, node);
  }

  #score(node: LedgerNode): number {
    const { requests, scoringCPU, scoringMemory } = this.#footprint.demand;
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

/** Host ports are the same when protocol and port are, and the addresses, or one of them is all. */
function portsConflict(hostPorts: readonly string[], node: LedgerNode): boolean {
  return hostPorts.some((hostPort) => {
    const { port, ip } = splitHostPort(hostPort);
    const inUse = node.ports.get(port) ?? [];
    return inUse.some((other) => other === ip || other === '0.0.0.0' || ip === '0.0.0.0');
  });
}
