import type { LedgerNode } from './ledger.ts';
import type { NodeTable, Topology } from './node-table.ts';

/** Sums by the values of one node label. Nodes without the label count nowhere. */
export class DomainCounts {
  readonly topology: Topology;
  readonly counts: Float64Array;

  constructor(table: NodeTable, topologyKey: string) {
    this.topology = table.topology(topologyKey);
    this.counts = new Float64Array(this.topology.size);
  }

  /** The domain of the node, -1 without one. */
  add(slot: number, amount: number): number {
    const domain = this.topology.domainOf[slot] ?? -1;
    if (domain >= 0) this.counts[domain] = (this.counts[domain] ?? 0) + amount;
    return domain;
  }

  addAll(perNode: ReadonlyMap<LedgerNode, number>, weight = 1): void {
    for (const [{ slot }, count] of perNode) if (slot >= 0) this.add(slot, count * weight);
  }

  at(slot: number): number {
    const domain = this.topology.domainOf[slot] ?? -1;
    return domain < 0 ? 0 : (this.counts[domain] ?? 0);
  }
}
