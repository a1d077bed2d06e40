import type { ReplicaSet } from '../kinds.ts';
import { revisionOf } from './annotations.ts';
import { replicasOf } from './limits.ts';

export const isActive = (replicaSet: ReplicaSet): boolean => replicasOf(replicaSet) > 0;

export function sumReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0);
}

/** Sums a counter of the status. */
export function sumStatus(
  replicaSets: readonly ReplicaSet[],
  counter: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.[counter] ?? 0), 0);
}

/** Order by creation, names breaking ties. Creation times are whole seconds of one format: text compares. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return compare(createdAt(a), createdAt(b)) || compare(a.metadata.name, b.metadata.name);
}

/** Order by revision, then by age. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  return compare(revisionOf(a), revisionOf(b)) || byAge(a, b);
}

/** Largest first; the older or the newer one first among equals. */
export function bySize(newerFirst: boolean): (a: ReplicaSet, b: ReplicaSet) => number {
  return (a, b) => replicasOf(b) - replicasOf(a) || (newerFirst ? byAge(b, a) : byAge(a, b));
}

const createdAt = (replicaSet: ReplicaSet): string => replicaSet.metadata.creationTimestamp ?? '';

function compare<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
