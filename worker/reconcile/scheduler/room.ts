import { splitHostPort } from './ledger.ts';
import type { Ledger, LedgerNode, Reservation } from './ledger.ts';
import type { Footprint } from './pod-request.ts';
import type { Rejection } from './rejection.ts';

const PORTS_TAKEN: Rejection = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  final: false,
};

/** The filters NodePorts and NodeResourcesFit for one pod, of one node at a time. */
export class Room {
  readonly #hostPorts: readonly string[];
  readonly #resources: readonly string[];
  readonly #columns: readonly number[];
  readonly #amounts: readonly number[];

  constructor(ledger: Ledger, { demand, hostPorts }: Pick<Footprint, 'demand' | 'hostPorts'>) {
    const needs = Object.entries(demand.requests).filter(([, amount]) => amount > 0);
    this.#hostPorts = hostPorts;
    this.#resources = needs.map(([resource]) => resource);
    this.#columns = needs.map(([resource]) => ledger.column(resource));
    this.#amounts = needs.map(([, amount]) => amount);
  }

  /** Called for every node and every placement: allocates nothing. */
  isOn(node: LedgerNode): boolean {
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i] ?? 0;
      const free = (node.allocatable[column] ?? 0) - (node.requested[column] ?? 0);
      if ((this.#amounts[i] ?? 0) > free) return false;
    }
    return this.#hostPorts.length === 0 || !portsConflict(this.#hostPorts, node);
  }

  /** Whether the resources would be there if some pods were gone from the node. */
  couldBeOn(node: LedgerNode, without: readonly Reservation[]): boolean {
    return this.#columns.every((column, i) => {
      const resource = this.#resources[i] ?? '';
      let free = (node.allocatable[column] ?? 0) - (node.requested[column] ?? 0);
      for (const { footprint } of without) free += footprint.demand.requests[resource] ?? 0;
      return (this.#amounts[i] ?? 0) <= free;
    });
  }

  /** Says why a node without room has none. Final when the node is too small even when empty. */
  rejection(node: LedgerNode): Rejection {
    if (portsConflict(this.#hostPorts, node)) return PORTS_TAKEN;
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
}

/** Host ports are the same when protocol and port are, and the addresses, or one of them is all. */
function portsConflict(hostPorts: readonly string[], node: LedgerNode): boolean {
  return hostPorts.some((hostPort) => {
    const { port, ip } = splitHostPort(hostPort);
    const inUse = node.ports.get(port) ?? [];
    return inUse.some((other) => other === ip || other === '0.0.0.0' || ip === '0.0.0.0');
  });
}
