import { AffinityFilter } from './affinity-filter.ts';
import { violating } from './budgets.ts';
import type { Ledger, LedgerNode, Reservation } from './ledger.ts';
import type { NodeTable } from './node-table.ts';
import type { Profile } from './placed-pods.ts';
import type { PodRequest } from './pod-request.ts';
import type { Room } from './room.ts';
import type { Round } from './round.ts';
import { SpreadFilter } from './spread-filter.ts';

/**
 * Nodes with victims that are compared, at most: upstream looks at a tenth of them, and at least at
 * this many (DefaultPreemptionArgs.minCandidateNodesAbsolute).
 */
const MAX_CANDIDATES = 100;

/** What a search for victims goes by. */
export interface Search {
  readonly ledger: Ledger;
  readonly table: NodeTable;
  readonly request: PodRequest;
  readonly room: Room;
  readonly round: Round;
}

/** How many nodes may still be tried out, which is what a search costs. */
export interface ProbeBudget {
  left: number;
}

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
  { ledger, table, request, room, round }: Search,
  start: number,
  budget: ProbeBudget,
): Preemption | null {
  let best: Preemption | null = null;
  let found = 0;
  const { priority } = request.footprint.standing;
  for (let i = 0; i < table.size && found < MAX_CANDIDATES && budget.left > 0; i++) {
    const slot = (start + i) % table.size;
    const node = table.nodes[slot];
    if (node === undefined || round.rejection(slot)?.final !== false) continue;
    const lower = [...node.pods.values()].filter(
      ({ footprint: { standing } }) => standing.priority < priority && standing.name !== '',
    );
    if (lower.length === 0 || !room.couldBeOn(node, lower)) continue;
    budget.left--;
    const probe = new Probe({ ledger, table, request, room, round }, node);
    const preemption = makeRoom(ledger, probe, node, lower.sort(byImportance));
    if (preemption === null) continue;
    found++;
    if (best === null || costsLess(preemption, best)) best = preemption;
  }
  return best;
}

function makeRoom(
  ledger: Ledger,
  probe: Probe,
  node: LedgerNode,
  lower: readonly Reservation[],
): Preemption | null {
  const doomed = lower.filter(({ uid }) => ledger.isDoomed(uid));
  const isProtected = violating(lower, (namespace) => ledger.budgetsOf(namespace));
  const victims = new Set<Reservation>(lower);
  for (const { uid } of lower) ledger.release(uid);
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
  readonly #search: Search;
  readonly #node: LedgerNode;
  #spread: SpreadFilter | null = null;
  #affinity: AffinityFilter | null = null;

  constructor(search: Search, node: LedgerNode) {
    this.#search = search;
    this.#node = node;
  }

  fits(): boolean {
    this.#spread ??= this.#newSpread();
    this.#affinity ??= this.#newAffinity();
    const { slot } = this.#node;
    return (
      this.#search.room.isOn(this.#node) && this.#spread.allows(slot) && this.#affinity.allows(slot)
    );
  }

  /** With one pod more, which the ledger has already. */
  fitsWith(profile: Profile<LedgerNode>): boolean {
    this.#spread?.onPlaced(this.#node.slot, profile);
    this.#affinity?.onPlaced(this.#node.slot, profile);
    return this.fits();
  }

  /** Takes a pod out again, of the ledger as well. */
  forget({ uid }: Reservation): void {
    this.#search.ledger.release(uid);
    if (this.#spread?.isActive === true) this.#spread = null;
    if (this.#affinity?.isActive === true) this.#affinity = null;
  }

  #newSpread(): SpreadFilter {
    const { ledger, table, round, request } = this.#search;
    const { required = [] } = request.constraints.spreading ?? {};
    return new SpreadFilter(table, ledger.placed, round.fit, request.footprint.traits, required);
  }

  #newAffinity(): AffinityFilter {
    const { ledger, table, request } = this.#search;
    return new AffinityFilter(table, ledger.placed, request.footprint.traits);
  }
}
