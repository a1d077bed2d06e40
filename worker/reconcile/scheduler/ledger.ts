import type { Node, Taint } from '../kinds.ts';
import { parseAmounts } from './demand.ts';
import type { Amounts } from './demand.ts';
import type { Footprint } from './pod-request.ts';

/** A node as the ledger keeps it. Amounts are arrays, one place per resource: see {@link Ledger.column}. */
export interface LedgerNode {
  readonly name: string;
  /** Position among all nodes that the ledger has met; breaks ties between equal scores. */
  readonly index: number;
  /** False for a node that is only known from pods that are bound to it. */
  known: boolean;
  labels: Readonly<Record<string, string>>;
  taints: readonly Taint[];
  unschedulable: boolean;
  allocatable: number[];
  readonly requested: number[];
  scoringCPU: number;
  scoringMemory: number;
  /** Host IPs in use by `protocol/port`. */
  readonly ports: Map<string, string[]>;
  /** Pods here by family. */
  readonly families: Map<string, number>;
}

interface Reservation {
  readonly node: LedgerNode;
  readonly footprint: Footprint;
}

/**
 * What every node has and what is taken, kept up to date by additions and removals. A reservation
 * counts from the moment of placement, before the pod's store has written the binding, so two stores
 * never get the same room. Amounts are whole numbers below 2^53: sums are exact.
 */
export class Ledger {
  readonly #nodes = new Map<string, LedgerNode>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #columns = new Map<string, number>();
  #nextIndex = 0;

  /** Adds a node or takes over what changed of it. */
  setNode({ metadata, spec, status }: Node): void {
    const node = this.#node(metadata.name);
    node.known = true;
    node.labels = metadata.labels ?? {};
    node.taints = spec?.taints ?? [];
    node.unschedulable = spec?.unschedulable === true;
    const allocatable = parseAmounts(status?.allocatable ?? status?.capacity);
    node.allocatable = [];
    this.#add(node.allocatable, allocatable, 1);
  }

  /** Forgets a node. What pods still hold of it stays counted, should it come back. */
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    node.known = false;
    this.#dropIfUnused(node);
  }

  /** Counts a pod on a node, whether or not there is room: it is there. Replaces an earlier reservation. */
  reserve(podUID: string, nodeName: string, footprint: Footprint): void {
    this.release(podUID);
    const node = this.#node(nodeName);
    this.#reservations.set(podUID, { node, footprint });
    this.#apply(node, footprint, 1);
  }

  /** Gives back what a pod held; false when it held nothing. */
  release(podUID: string): boolean {
    const reservation = this.#reservations.get(podUID);
    if (reservation === undefined) return false;
    this.#reservations.delete(podUID);
    this.#apply(reservation.node, reservation.footprint, -1);
    this.#dropIfUnused(reservation.node);
    return true;
  }

  /** The node that a pod is counted on. */
  nodeOf(podUID: string): string | undefined {
    return this.#reservations.get(podUID)?.node.name;
  }

  /** The nodes that exist, in the order in which they were first met. */
  nodes(): readonly LedgerNode[] {
    return [...this.#nodes.values()].filter(({ known }) => known);
  }

  /** The pods that are counted somewhere, for comparison with what the stores say. */
  podUIDs(): IterableIterator<string> {
    return this.#reservations.keys();
  }

  /** The place of a resource in the amounts of a node; new resources get the next one. */
  column(resource: string): number {
    const column = this.#columns.get(resource) ?? this.#columns.size;
    this.#columns.set(resource, column);
    return column;
  }

  #node(name: string): LedgerNode {
    const existing = this.#nodes.get(name);
    if (existing !== undefined) return existing;
    const node: LedgerNode = {
      name,
      index: this.#nextIndex++,
      known: false,
      labels: {},
      taints: [],
      unschedulable: false,
      allocatable: [],
      requested: [],
      scoringCPU: 0,
      scoringMemory: 0,
      ports: new Map(),
      families: new Map(),
    };
    this.#nodes.set(name, node);
    return node;
  }

  /** Every pod has a family, if only '': a node without families is one without pods. */
  #dropIfUnused(node: LedgerNode): void {
    if (!node.known && node.families.size === 0) this.#nodes.delete(node.name);
  }

  #apply(node: LedgerNode, { demand, hostPorts, family }: Footprint, sign: 1 | -1): void {
    this.#add(node.requested, demand.requests, sign);
    node.scoringCPU += sign * demand.scoringCPU;
    node.scoringMemory += sign * demand.scoringMemory;
    for (const hostPort of hostPorts) changePort(node.ports, hostPort, sign);
    const count = (node.families.get(family) ?? 0) + sign;
    if (count > 0) node.families.set(family, count);
    else node.families.delete(family);
  }

  #add(row: number[], amounts: Amounts, sign: 1 | -1): void {
    for (const [resource, amount] of Object.entries(amounts)) {
      const column = this.column(resource);
      row[column] = (row[column] ?? 0) + sign * amount;
    }
  }
}

/** Splits `TCP/80/0.0.0.0` into `TCP/80` and the address. */
export function splitHostPort(hostPort: string): { port: string; ip: string } {
  const slash = hostPort.lastIndexOf('/');
  return { port: hostPort.slice(0, slash), ip: hostPort.slice(slash + 1) };
}

function changePort(ports: Map<string, string[]>, hostPort: string, sign: 1 | -1): void {
  const { port, ip } = splitHostPort(hostPort);
  const inUse = ports.get(port) ?? [];
  const next = sign === 1 ? [...inUse, ip] : inUse.toSpliced(inUse.indexOf(ip), 1);
  if (next.length > 0) ports.set(port, next);
  else ports.delete(port);
}
