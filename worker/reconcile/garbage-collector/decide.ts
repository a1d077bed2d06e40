import { withoutOwnerReferences } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Write } from '../planner.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './candidate.ts';
import type { Candidate } from './candidate.ts';

/**
 * What becomes of one object on account of its owners (upstream: attemptToDeleteItem). While any
 * owner holds it, it stays and forgets the others. When none does it is deleted: in the foreground
 * where a waiting owner must not go before what hangs below, else by the policy that its own
 * finalizers ask for. One owner that is not known to be gone is enough to do nothing.
 */
export function decideCandidate(candidate: Candidate): Write[] {
  const { key, object, owners } = candidate;
  if (object.metadata.deletionTimestamp !== undefined || owners.length === 0) return [];
  if (owners.some(({ state }) => state === 'unknown')) return [];

  const gone = owners
    .filter(({ state }) => state !== 'solid')
    .map(({ reference }) => reference.uid);
  if (gone.length < owners.length) {
    if (gone.length === 0) return [];
    const freed = withoutOwnerReferences(object, new Set(gone));
    return [{ verb: 'update', resource: key.resource, object: freed }];
  }
  const waited = owners.some(({ state }) => state === 'waiting') && candidate.hasDependents;
  if (!waited) return [deletion(candidate, ownPolicy(object))];
  if (!candidate.hasWaitingDependents) return [deletion(candidate, 'Foreground')];
  // Each object of a circle would wait for the next: this one stops holding up its owners. The
  // deletion follows from the next plan, on the object as it then is.
  if (!object.metadata.ownerReferences?.some((r) => r.blockOwnerDeletion === true)) {
    return [deletion(candidate, 'Foreground')];
  }
  return [{ verb: 'update', resource: key.resource, object: unblocked(object) }];
}

function deletion(
  { key, object }: Candidate,
  propagationPolicy: 'Orphan' | 'Foreground' | 'Background',
): Write {
  return {
    verb: 'delete',
    resource: key.resource,
    name: key.name,
    uid: object.metadata.uid ?? '',
    propagationPolicy,
  };
}

function ownPolicy({ metadata }: KubernetesObject): 'Orphan' | 'Foreground' | 'Background' {
  if (metadata.finalizers?.includes(ORPHAN_FINALIZER) === true) return 'Orphan';
  if (metadata.finalizers?.includes(FOREGROUND_FINALIZER) === true) return 'Foreground';
  return 'Background';
}

function unblocked(object: KubernetesObject): KubernetesObject {
  const ownerReferences = (object.metadata.ownerReferences ?? []).map((reference) =>
    reference.blockOwnerDeletion === true ? { ...reference, blockOwnerDeletion: false } : reference,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
