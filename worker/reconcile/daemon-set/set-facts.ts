import type { OwnerReference } from '../../../apimachinery/meta.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { percentOf } from '../../../apimachinery/int-or-string.ts';
import type { IntOrString } from '../../../apimachinery/int-or-string.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import type { RevisionFlavor } from '../controller-revisions/revision.ts';
import type { DaemonSet } from '../kinds.ts';

export const DAEMON_SETS = 'daemonsets.apps';
export const HASH_LABEL = 'controller-revision-hash';
export const DAEMON_SET: RevisionFlavor = { kind: 'DaemonSet', hashLabel: HASH_LABEL };

export const isDeleting = ({ metadata }: DaemonSet): boolean =>
  metadata.deletionTimestamp !== undefined;

export const controllerRef = (set: DaemonSet): OwnerReference =>
  newControllerRef(ownerIdentity(DAEMON_SET, set));

export const isRolling = ({ spec }: DaemonSet): boolean =>
  (spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

export interface RolloutLimits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/**
 * How many nodes an update may leave without an available pod, or give a second one. Percentages
 * round up; where both come out as 0, one may be unavailable, because nothing could move otherwise.
 */
export function rolloutLimits(set: DaemonSet, nodes: number): RolloutLimits {
  const maxSurge = surgeOf(set, nodes);
  const unavailable = scaled(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 0, nodes);
  const isStuck = nodes > 0 && maxSurge === 0 && unavailable === 0;
  return { maxSurge, maxUnavailable: isStuck ? 1 : unavailable };
}

/** Whether a node may have an old pod and a new one for a while. */
export const allowsSurge = (set: DaemonSet): boolean => surgeOf(set, 1) > 0;

function surgeOf(set: DaemonSet, nodes: number): number {
  return isRolling(set) ? scaled(set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, nodes) : 0;
}

function scaled(value: IntOrString, total: number): number {
  if (typeof value === 'number') return Math.max(0, value);
  return Math.ceil(((percentOf(value) ?? 0) * total) / 100);
}
