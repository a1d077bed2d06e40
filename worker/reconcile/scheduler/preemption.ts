import { AffinityFilter } from './affinity-filter.ts';
import { violating } from './budgets.ts';
import type { Ledger, LedgerNode, Reservation } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Profile } from './placed-pods.ts';
import type { PodRequest } from './pod-request.ts';
import { Room } from './room.ts';
import type { Round } from './round.ts';
import { SpreadFilter } from './spread-filter.ts';

/**
 * Nodes with victims that are compared, at most: upstream looks at a tenth of them, and at least at
 * this many (DefaultPreemptionArgs.minCandidateNodesAbsolute).
 */
const MAX_CANDIDATES = 100;

/** Who has to go from a node so that a pod fits there. */
export interface Preemption {
  readonly slot: number;
  /** The most important first. */
  readonly victims: readonly Reservation[];
  /** How many of them go beyond a PodDisruptionBudget. */
  readonly violations: number;
}

/**
 * Finds the node where making room for a pod costs least. Only pods of lower priority go, and of them
 * only those without which the pod would not fit: those that a budget protects are spared first, then
 * the most important. Nodes that were refused for what no eviction changes are not looked at. The
 * ledger is as before when this returns (plugins/defaultpreemption; framework/preemption).
 */
export function findPreemption(
  ledger: Ledger,
  table: NodeTable,
  round: Round,
  request: PodRequest,
  start: number,
): Preemption | null {
  let best: Preemption | null = null;
  let found = 0;
  for (let i = 0; i < table.size && found < MAX_CANDIDATES; i++) {
    const slot = (start + i) % table.size;
    const node = table.nodes[slot];
    if (node === undefined || round.rejection(slot)?.final !== false) continue;
    const preemption = makeRoom(ledger, table, round, request, node);
    if (preemption === null) continue;
    found++;
    if (best === null || costsLess(preemption, best)) best = preemption;
  }
  return best;
}

function makeRoom(
  ledger: Ledger,
  table: NodeTable,
  round: Round,
  request: PodRequest,
  node: LedgerNode,
): Preemption | null {
  const { priority } = request.footprint.standing;
  const lower = [...node.pods.values()]
    .filter(({ footprint: { standing } }) => standing.priority < priority && standing.name !== '')
    .sort(byImportance);
  if (lower.length === 0) return null;
  const doomed = lower.filter(({ uid }) => ledger.isDoomed(uid));
  const isProtected = violating(lower, (namespace) => ledger.budgetsOf(namespace));
  const victims = new Set<Reservation>(lower);
  for (const { uid } of lower) ledger.release(uid);
  const probe = new Probe(ledger, table, round, request, node);
  const fits = probe.fits();
  // Without room there is nothing to spare: all of them are put back below.
  const spared = fits ? lower.toSorted((a, b) => +isProtected.has(b) - +isProtected.has(a)) : [];
  for (const pod of spared) {
    if (probe.fitsWith(restore(ledger, pod))) victims.delete(pod);
    else probe.forget(pod);
  }
  for (const pod of victims) restore(ledger, pod);
  for (const { uid } of doomed) ledger.doom(uid);
  const violations = [...victims].filter((pod) => isProtected.has(pod)).length;
  return fits ? { slot: node.slot, victims: [...victims], violations } : null;
}

function restore(ledger: Ledger, pod: Reservation): Profile<LedgerNode> {
  return ledger.reserve(pod.uid, pod.node.name, pod.footprint, pod.isNominated);
}

/** Higher priority first, then the older pod. */
function byImportance(a: Reservation, b: Reservation): number {
  const { priority, createdAt } = a.footprint.standing;
  const other = b.footprint.standing;
  if (priority !== other.priority) return other.priority - priority;
  return createdAt === other.createdAt ? 0 : createdAt < other.createdAt ? -1 : 1;
}

/**
 * Fewer violations of budgets, then the lower highest priority, then the lower sum of priorities, then fewer pods, then the younger
 * among the most important. Who only waits for room there costs nothing. (Upstream: pickOneNodeForPreemption.)
 */
function costsLess(a: Preemption, b: Preemption): boolean {
  const [left, right] = [costOf(a), costOf(b)];
  for (const key of ['violations', 'highest', 'sum', 'count'] as const) {
    if (left[key] !== right[key]) return left[key] < right[key];
  }
  return left.oldest > right.oldest;
}

function costOf({ victims, violations }: Preemption) {
  const standings = victims
    .filter(({ isNominated }) => !isNominated)
    .map(({ footprint }) => footprint.standing);
  const highest = standings[0]?.priority ?? -Infinity;
  return {
    violations,
    highest,
    // Raised above zero, so that more pods are never cheaper.
    sum: standings.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    count: standings.length,
    oldest: standings[0]?.createdAt ?? '',
  };
}

/** Asks the filters that evictions can change about one node, while pods come and go on it. */
class Probe {
  readonly #ledger: Ledger;
  readonly #table: NodeTable;
  readonly #round: Round;
  readonly #request: PodRequest;
  readonly #node: LedgerNode;
  readonly #room: Room;
  #spread: SpreadFilter;
  #affinity: AffinityFilter;

  constructor(
    ledger: Ledger,
    table: NodeTable,
    round: Round,
    request: PodRequest,
    node: LedgerNode,
  ) {
    this.#ledger = ledger;
    this.#table = table;
    this.#round = round;
    this.#request = request;
    this.#node = node;
    this.#room = new Room(ledger, request.footprint);
    this.#spread = this.#newSpread();
    this.#affinity = this.#newAffinity();
  }

  fits(): boolean {
    const { slot } = this.#node;
    return this.#room.isOn(this.#node) && this.#spread.allows(slot) && this.#affinity.allows(slot);
  }

  /** With one pod more, which the ledger has already. */
  fitsWith(profile: Profile<LedgerNode>): boolean {
    this.#spread.onPlaced(this.#node.slot, profile);
    this.#affinity.onPlaced(this.#node.slot, profile);
    return this.fits();
  }

  /** Takes a pod out again, of the ledger as well. */
  forget({ uid }: Reservation): void {
    this.#ledger.release(uid);
    if (this.#spread.isActive) this.#spread = this.#newSpread();
    if (this.#affinity.isActive) this.#affinity = this.#newAffinity();
  }

  #newSpread(): SpreadFilter {
    const { footprint, constraints } = this.#request;
    const { required = [] } = constraints.spreading ?? {};
    return new SpreadFilter(
      this.#table,
      this.#ledger.placed,
      this.#round.fit,
      footprint.traits,
      required,
    );
  }

  #newAffinity(): AffinityFilter {
    return new AffinityFilter(this.#table, this.#ledger.placed, this.#request.footprint.traits);
  }
}
