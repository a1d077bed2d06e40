import type { OwnerReference } from '../../../apimachinery/meta.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import type { OwnerIdentity } from '../../../apimachinery/owner-references.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import type { PersistentVolumeClaim, StatefulSet } from '../kinds.ts';
import { isInRange, podName, STATEFUL_SET } from './set-facts.ts';

/** A replica, whether its pod is there or not. */
export interface Replica {
  readonly ordinal: number;
  /** Of its pod; null while there is none. */
  readonly uid: string | null;
}

interface Owners {
  readonly set: OwnerIdentity;
  /** Its uid is '' while there is no pod. */
  readonly pod: OwnerIdentity;
}

/**
 * The claim as the set's persistentVolumeClaimRetentionPolicy wants it owned, or null where it is
 * well as it is. The owner decides when the claim goes: with the set, with the pod of a replica that
 * is beyond the range, or never.
 */
export function planRetention(
  set: StatefulSet,
  replica: Replica,
  claim: PersistentVolumeClaim,
): PersistentVolumeClaim | null {
  const owners = ownersOf(set, replica);
  const references = claim.metadata.ownerReferences ?? [];
  // Left by a set or pod of a former life: the garbage collector's business.
  if (isStale(references, owners.set) || isStale(references, owners.pod)) return null;
  const others = references.filter((r) => !names(r, owners.set) && !names(r, owners.pod));
  const expected = expectedReferences(set, replica, owners, references);
  const isRight =
    expected.length === references.length - others.length &&
    expected.every((wanted) =>
      references.some(({ uid, controller }) => uid === wanted.uid && controller === true),
    );
  if (isRight) return null;
  const { ownerReferences: _, ...metadata } = claim.metadata;
  const ownerReferences = [...others, ...expected];
  return {
    ...claim,
    metadata: ownerReferences.length === 0 ? metadata : { ...metadata, ownerReferences },
  };
}

/** What a new claim of a replica has from the start. */
export function firstReferences(set: StatefulSet, ordinal: number): OwnerReference[] {
  const replica = { ordinal, uid: null };
  return expectedReferences(set, replica, ownersOf(set, replica), []);
}

/** Whether the claim is about to go with a former pod, so that a new one must not take it. */
export function isLeftBehind(
  set: StatefulSet,
  ordinal: number,
  claim: PersistentVolumeClaim,
): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false;
  const { pod } = ownersOf(set, { ordinal, uid: null });
  return isStale(claim.metadata.ownerReferences ?? [], pod);
}

function ownersOf(set: StatefulSet, { ordinal, uid }: Replica): Owners {
  const name = podName(set, ordinal);
  return {
    set: ownerIdentity(STATEFUL_SET, set),
    pod: { apiVersion: 'v1', kind: 'Pod', name, uid: uid ?? '' },
  };
}

function expectedReferences(
  set: StatefulSet,
  { ordinal }: Replica,
  { set: setIdentity, pod }: Owners,
  references: readonly OwnerReference[],
): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const isKept = whenDeleted !== 'Delete' && whenScaled !== 'Delete';
  // Somebody else's claim stays theirs.
  const isForeign = references.some(
    (r) => r.controller === true && !names(r, setIdentity) && !names(r, pod),
  );
  if (isKept || isForeign) return [];
  if (whenScaled === 'Delete' && !isInRange(set, ordinal)) {
    return pod.uid === '' ? [] : [newControllerRef(pod)];
  }
  return whenDeleted === 'Delete' ? [newControllerRef(setIdentity)] : [];
}

function names(reference: OwnerReference, { apiVersion, kind, name }: OwnerIdentity): boolean {
  return reference.apiVersion === apiVersion && reference.kind === kind && reference.name === name;
}

function isStale(references: readonly OwnerReference[], owner: OwnerIdentity): boolean {
  return references.some((r) => names(r, owner) && r.uid !== owner.uid);
}
