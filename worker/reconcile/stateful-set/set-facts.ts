import type { OwnerReference } from '../../../apimachinery/meta.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import type { RevisionFlavor } from '../controller-revisions/revision.ts';
import type { Pod, StatefulSet } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';

export const STATEFUL_SETS = 'statefulsets.apps';
export const STATEFUL_SET: RevisionFlavor = {
  kind: 'StatefulSet',
  hashLabel: 'controller.kubernetes.io/hash',
};

/** An ordinal is written without leading zeros: two pods with the same one would have one name. */
const POD_NAME = /^(.+)-(0|[1-9][0-9]{0,9})$/;

/** The set and the ordinal that a pod's name tells; null where it tells none. */
export function identityOf(podName: string): { set: string; ordinal: number } | null {
  const [, set, ordinal] = POD_NAME.exec(podName) ?? [];
  return set === undefined ? null : { set, ordinal: Number(ordinal) };
}

/** The ordinal of a pod that is known to be a member. */
export const ordinalOf = ({ metadata }: Pod): number => identityOf(metadata.name)?.ordinal ?? -1;

export function isMember({ metadata }: StatefulSet, pod: Pod): boolean {
  return identityOf(pod.metadata.name)?.set === metadata.name;
}

export const podName = ({ metadata }: StatefulSet, ordinal: number): string =>
  `${metadata.name}-${ordinal}`;

export const startOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;

export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1;

export function isInRange(set: StatefulSet, ordinal: number): boolean {
  const start = startOrdinal(set);
  return ordinal >= start && ordinal < start + replicasOf(set);
}

/**
 * The first ordinals that the set wants a pod for and that nobody has, in order: no more than one
 * plan can fill, because a set may want billions.
 */
export function missingOrdinals(set: StatefulSet, present: ReadonlySet<number>): readonly number[] {
  const missing: number[] = [];
  const end = startOrdinal(set) + replicasOf(set);
  for (let ordinal = startOrdinal(set); ordinal < end; ordinal++) {
    if (missing.length === MAX_WRITES_PER_PLAN) break;
    if (!present.has(ordinal)) missing.push(ordinal);
  }
  return missing;
}

/** Whether replicas wait for each other. */
export const isOrdered = ({ spec }: StatefulSet): boolean =>
  spec.podManagementPolicy !== 'Parallel';

export const isDeleting = ({ metadata }: StatefulSet): boolean =>
  metadata.deletionTimestamp !== undefined;

export const controllerRef = (set: StatefulSet): OwnerReference =>
  newControllerRef(ownerIdentity(STATEFUL_SET, set));
