import type { Pod } from '../kinds.ts';
import { isPodActive } from '../pods/pod-phase.ts';
import { readySince } from '../pods/pod-readiness.ts';

const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const INT32 = /^[+-]?\d{1,10}$/;

/** What the ranking reads of a pod, computed once per pod rather than once per comparison. */
interface Rank {
  readonly pod: Pod;
  readonly assigned: number;
  readonly phase: number;
  readonly ready: number;
  readonly cost: number;
  /** Active pods of the same family on the same node. */
  readonly crowding: number;
  readonly readySince: number;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdAt: number;
}

/**
 * The order in which replicas are given up, first to go first (upstream: ActivePodsWithRanks in
 * pkg/controller/controller_utils.go): unassigned, pending, not ready, cheap to delete, doubled up
 * on a node, young, often restarted. Ages are compared by powers of two, so that among pods of
 * about the same age the choice is by uid, which is as good as random, and not always the youngest.
 * `related` are the pods of all owners of the same family; they count as crowding. Kinds whose pods
 * have no cost of deletion rank them without.
 */
export function rankForDeletion(
  pods: readonly Pod[],
  related: readonly Pod[],
  now: number,
  { byCost = true }: { readonly byCost?: boolean } = {},
): readonly Pod[] {
  const crowding = countByNode(related);
  return pods
    .map((pod) => rankOf(pod, crowding, byCost))
    .sort((a, b) => compareRanks(a, b, now))
    .map((rank) => rank.pod);
}

function countByNode(pods: readonly Pod[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName;
    if (node && isPodActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function rankOf(pod: Pod, crowding: ReadonlyMap<string, number>, byCost: boolean): Rank {
  const since = readySince(pod);
  const sidecars = new Set(
    pod.spec.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const created = Date.parse(pod.metadata.creationTimestamp ?? '');
  return {
    pod,
    assigned: pod.spec.nodeName ? 1 : 0,
    phase: PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 0,
    ready: since === null ? 0 : 1,
    cost: byCost ? deletionCost(pod) : 0,
    crowding: crowding.get(pod.spec.nodeName ?? '') ?? 0,
    readySince: since ?? 0,
    restarts: maxRestarts(pod.status?.containerStatuses),
    sidecarRestarts: maxRestarts(
      pod.status?.initContainerStatuses?.filter((status) => sidecars.has(status.name)),
    ),
    createdAt: Number.isNaN(created) ? 0 : created,
  };
}

function maxRestarts(statuses: readonly { restartCount: number }[] | undefined): number {
  return (statuses ?? []).reduce((most, status) => Math.max(most, status.restartCount), 0);
}

/** An int32; anything else counts as 0, as upstream treats what it cannot parse. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? '0';
  const cost = INT32.test(text) ? Number(text) : 0;
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

function compareRanks(a: Rank, b: Rank, now: number): number {
  const plain =
    a.assigned - b.assigned ||
    a.phase - b.phase ||
    a.ready - b.ready ||
    a.cost - b.cost ||
    b.crowding - a.crowding;
  if (plain !== 0) return plain;
  if (a.ready === 1 && a.readySince !== b.readySince) {
    return compareAges(a, b, a.readySince, b.readySince, now);
  }
  const restarts = b.restarts - a.restarts || b.sidecarRestarts - a.sidecarRestarts;
  if (restarts !== 0) return restarts;
  if (a.createdAt !== b.createdAt) return compareAges(a, b, a.createdAt, b.createdAt, now);
  return compareUIDs(a, b);
}

/** Younger first, by powers of two; 0 stands for an unknown time, which counts as youngest. */
function compareAges(a: Rank, b: Rank, timeA: number, timeB: number, now: number): number {
  if (timeA === 0 || timeB === 0) return timeA - timeB;
  return ageBucket(timeA, now) - ageBucket(timeB, now) || compareUIDs(a, b);
}

function ageBucket(time: number, now: number): number {
  const ageMs = now - time;
  // Upstream takes the logarithm of nanoseconds; the unit moves the borders of the buckets.
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function compareUIDs(a: Rank, b: Rank): number {
  if (a.pod.metadata.uid === b.pod.metadata.uid) return 0;
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}
