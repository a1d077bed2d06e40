import type { Node, Taint } from '../kinds.ts';
import type { Budget } from './budgets.ts';
import { parseAmounts } from './demand.ts';
import type { Amounts } from './demand.ts';
import { NodeImages } from './node-images.ts';
import { NodeTable } from './node-table.ts';
import { PlacedPods } from './placed-pods.ts';
import type { Profile } from './placed-pods.ts';
import type { Footprint } from './pod-request.ts';

/** A node as the ledger keeps it. Amounts are arrays, one place per resource: see {@link Ledger.column}. */
export interface LedgerNode {
  readonly name: string;
  /** False for a node that is only known from pods that are bound to it. */
  known: boolean;
  /** Its place in the present {@link NodeTable}; -1 when it is in none. */
  slot: number;
  labels: Readonly<Record<string, string>>;
  taints: readonly Taint[];
  unschedulable: boolean;
  allocatable: number[];
  readonly requested: number[];
  scoringCPU: number;
  scoringMemory: number;
  /** Host IPs in use by `protocol/port`. */
  readonly ports: Map<string, string[]>;
  /** What is reserved here, by uid of the pod. */
  readonly pods: Map<string, Reservation>;
}

/** The room that a pod takes of a node. */
export interface Reservation {
  readonly uid: string;
  readonly node: LedgerNode;
  readonly footprint: Footprint;
  readonly profile: Profile<LedgerNode>;
  /** Room that others are making for the pod: it is not bound, and may yet go elsewhere. */
  readonly isNominated: boolean;
}

/**
 * What every node has and what is taken, kept up to date by additions and removals. A reservation
 * counts from the moment of placement, before the pod's store has written the binding, so two stores
 * never get the same room. Amounts are whole numbers below 2^53: sums are exact.
 */
export class Ledger {
  readonly #nodes = new Map<string, LedgerNode>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #doomed = new Set<string>();
  readonly #budgets = new Map<string, readonly Budget[]>();
  readonly #columns = new Map<string, number>();
  #table: NodeTable | null = null;
  readonly images = new NodeImages<LedgerNode>();
  readonly placed = new PlacedPods<LedgerNode>();

  /** Adds a node or takes over what changed of it. False when no filter looks at what did. */
  setNode({ metadata, spec, status }: Node): boolean {
    const node = this.#node(metadata.name);
    const before = filtered(node);
    node.known = true;
    node.labels = metadata.labels ?? {};
    node.taints = spec?.taints ?? [];
    node.unschedulable = spec?.unschedulable === true;
    const allocatable = parseAmounts(status?.allocatable ?? status?.capacity);
    node.allocatable = [];
    this.#add(node.allocatable, allocatable, 1);
    this.images.set(node, status?.images);
    this.#table = null;
    return before !== filtered(node);
  }

  /** Forgets a node. What pods still hold of it stays counted, should it come back. */
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    node.known = false;
    node.slot = -1;
    this.images.remove(node);
    this.#table = null;
    this.#dropIfUnused(node);
  }

  /**
   * Counts a pod on a node, whether or not there is room: it is there. Replaces an earlier
   * reservation. Answers what other pods know it by.
   */
  reserve(
    podUID: string,
    nodeName: string,
    footprint: Footprint,
    isNominated = false,
  ): Profile<LedgerNode> {
    this.release(podUID);
    const node = this.#node(nodeName);
    const profile = this.placed.add(node, footprint.traits);
    const reservation = { uid: podUID, node, footprint, profile, isNominated };
    this.#reservations.set(podUID, reservation);
    node.pods.set(podUID, reservation);
    this.#apply(node, footprint, 1);
    return profile;
  }

  /** Notes that a pod is being deleted to make room. Forgotten with what it holds. */
  doom(podUID: string): void {
    if (this.#reservations.has(podUID)) this.#doomed.add(podUID);
  }

  isDoomed(podUID: string): boolean {
    return this.#doomed.has(podUID);
  }

  /** Gives back what a pod held; false when it held nothing. */
  release(podUID: string): boolean {
    const reservation = this.#reservations.get(podUID);
    if (reservation === undefined) return false;
    this.#reservations.delete(podUID);
    reservation.node.pods.delete(podUID);
    this.#doomed.delete(podUID);
    this.placed.remove(reservation.node, reservation.profile);
    this.#apply(reservation.node, reservation.footprint, -1);
    this.#dropIfUnused(reservation.node);
    return true;
  }

  /** The node that a pod is counted on. */
  nodeOf(podUID: string): string | undefined {
    return this.#reservations.get(podUID)?.node.name;
  }

  /** What is held on a node, for pods that are bound to it. */
  podsOn(nodeName: string): readonly Reservation[] {
    const pods = this.#nodes.get(nodeName)?.pods.values() ?? [];
    return [...pods].filter(({ isNominated }) => !isNominated);
  }

  /** What is held for a pod, on whatever node. */
  reservationOf(podUID: string): Reservation | undefined {
    return this.#reservations.get(podUID);
  }

  /** The PodDisruptionBudgets of a namespace, by which preemption spares its pods. */
  budgetsOf(namespace: string): readonly Budget[] {
    return this.#budgets.get(namespace) ?? [];
  }

  setBudgets(namespace: string, budgets: readonly Budget[]): void {
    if (budgets.length === 0) this.#budgets.delete(namespace);
    else this.#budgets.set(namespace, budgets);
  }

  /** The nodes that exist, in the order in which they were first met. */
  nodes(): readonly LedgerNode[] {
    return this.table().nodes;
  }

  table(): NodeTable {
    this.#table ??= new NodeTable([...this.#nodes.values()].filter(({ known }) => known));
    return this.#table;
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
      known: false,
      slot: -1,
      labels: {},
      taints: [],
      unschedulable: false,
      allocatable: [],
      requested: [],
      scoringCPU: 0,
      scoringMemory: 0,
      ports: new Map(),
      pods: new Map(),
    };
    this.#nodes.set(name, node);
    return node;
  }

  #dropIfUnused(node: LedgerNode): void {
    if (!node.known && node.pods.size === 0) this.#nodes.delete(node.name);
  }

  #apply(node: LedgerNode, { demand, hostPorts }: Footprint, sign: 1 | -1): void {
    this.#add(node.requested, demand.requests, sign);
    node.scoringCPU += sign * demand.scoringCPU;
    node.scoringMemory += sign * demand.scoringMemory;
    for (const hostPort of hostPorts) changePort(node.ports, hostPort, sign);
  }

  #add(row: number[], amounts: Amounts, sign: 1 | -1): void {
    for (const [resource, amount] of Object.entries(amounts)) {
      const column = this.column(resource);
      row[column] = (row[column] ?? 0) + sign * amount;
    }
  }
}

/** What filters look at of a node itself, for comparison. */
function filtered({ known, labels, taints, unschedulable, allocatable }: LedgerNode): string {
  return JSON.stringify([known, labels, taints, unschedulable, allocatable]);
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
