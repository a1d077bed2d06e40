import type { LedgerNode } from './ledger.ts';

/** The values of one node label as numbers. */
export interface Topology {
  /** By slot of the node; -1 for a node without the label. */
  readonly domainOf: Int32Array;
  /** How many different values there are. */
  readonly size: number;
  /** Every node has the label. */
  readonly isComplete: boolean;
}

/**
 * The nodes that exist, each in a slot, so that what is computed of them fits in arrays. Holds for as
 * long as no node changes: the ledger then makes another.
 */
export class NodeTable {
  readonly nodes: readonly LedgerNode[];
  readonly #topologies = new Map<string, Topology>();

  /** Gives every node its slot. */
  constructor(nodes: readonly LedgerNode[]) {
    this.nodes = nodes;
    nodes.forEach((node, slot) => (node.slot = slot));
  }

  get size(): number {
    return this.nodes.length;
  }

  topology(key: string): Topology {
    const known = this.#topologies.get(key);
    if (known !== undefined) return known;
    const domains = new Map<string, number>();
    const domainOf = new Int32Array(this.nodes.length).fill(-1);
    this.nodes.forEach(({ labels }, slot) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (value === undefined) return;
      const domain = domains.get(value) ?? domains.size;
      domains.set(value, domain);
      domainOf[slot] = domain;
    });
    const topology = { domainOf, size: domains.size, isComplete: !domainOf.includes(-1) };
    this.#topologies.set(key, topology);
    return topology;
  }
}
