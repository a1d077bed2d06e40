import type { KubernetesObject, OwnerReference } from '../../../apimachinery/meta.ts';
import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import type { ObjectKey } from '../../../apimachinery/object-key.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { isOrphaning, isWaiting } from './candidate.ts';
import type { Candidate, OwnerState } from './candidate.ts';
import { decideCandidate } from './decide.ts';
import { planGarbage } from './plan.ts';
import type { ObservedOwnership } from './plan.ts';

/** Keys are uids: an object that is gone has no other name that is surely its own. */
export const garbageCollectorPlanner: Planner<ObservedOwnership> = {
  name: 'garbage-collector-controller',
  keysFor,
  observe,
  plan: planGarbage,
};

/**
 * Only changes that can make something garbage count, so that the thousands of ordinary pod updates
 * cost a comparison each and no plan.
 */
function keysFor({ before, after }: Change, reader: Reader): readonly string[] {
  const keys = new Set<string>();
  const gone = after === null ? before?.metadata.uid : undefined;
  if (gone !== undefined && reader.dependentsOf(gone).length > 0) keys.add(gone);
  if (after?.metadata.uid !== undefined && isDue(before, after, reader)) {
    keys.add(after.metadata.uid);
  }
  for (const uid of waitingOwners(before, after, reader)) keys.add(uid);
  return [...keys];
}

function isDue(before: KubernetesObject | null, after: KubernetesObject, reader: Reader): boolean {
  if (isWaiting(after) || isOrphaning(after)) return true;
  const references = after.metadata.ownerReferences;
  if (references === undefined || deepEqual(references, before?.metadata.ownerReferences)) {
    return false;
  }
  return references.some((reference) => ownerState(reference, reader) !== 'solid');
}

/** Owners in a foreground deletion that this change may have brought nearer to its end. */
function waitingOwners(
  before: KubernetesObject | null,
  after: KubernetesObject | null,
  reader: Reader,
): string[] {
  const references = before?.metadata.ownerReferences;
  if (references === undefined) return [];
  if (after !== null && deepEqual(references, after.metadata.ownerReferences)) return [];
  return references
    .map(({ uid }) => uid)
    .filter((uid) => {
      const owner = reader.findByUID(uid);
      return owner !== null && isWaiting(owner.object);
    });
}

function observe(reader: Reader, uid: string): ObservedOwnership | null {
  const found = reader.findByUID(uid);
  const letsGo = found === null || isWaiting(found.object) || isOrphaning(found.object);
  const dependents = letsGo ? candidatesOf(reader.dependentsOf(uid), reader) : [];
  if (found === null && dependents.length === 0) return null;
  return {
    uid,
    self: found === null ? null : candidateOf(found.key, found.object, reader),
    dependents,
  };
}

/**
 * An owner may have thousands of dependents, of which a plan writes a few: those are looked into. Of
 * the others, and of those that are going already, no more is known than that they are there.
 */
function candidatesOf(keys: readonly ObjectKey[], reader: Reader): Candidate[] {
  let wanted = MAX_WRITES_PER_PLAN + 1;
  return keys.flatMap((key) => {
    const object = reader.get(key.resource, key.name);
    if (object === null) return [];
    if (wanted === 0 || object.metadata.deletionTimestamp !== undefined) return [bare(key, object)];
    const candidate = candidateOf(key, object, reader);
    if (decideCandidate(candidate).length > 0) wanted -= 1;
    return [candidate];
  });
}

/** Decides nothing. */
const bare = (key: ObjectKey, object: KubernetesObject): Candidate => ({
  key,
  object,
  owners: [],
  hasDependents: false,
  hasWaitingDependents: false,
});

function candidateOf(key: ObjectKey, object: KubernetesObject, reader: Reader): Candidate {
  const below = reader.dependentsOf(object.metadata.uid ?? '');
  return {
    key,
    object,
    owners: (object.metadata.ownerReferences ?? []).map((reference) => ({
      reference,
      state: ownerState(reference, reader),
    })),
    hasDependents: below.length > 0,
    hasWaitingDependents: below.some((dependent) => {
      const child = reader.get(dependent.resource, dependent.name);
      return child !== null && isWaiting(child);
    }),
  };
}

/**
 * An owner in this store is found by uid, which spares the usual case a second look-up. Kind and
 * name must match too: a reference that mixes the uid of one object with the name of another has no
 * owner.
 */
function ownerState(reference: OwnerReference, reader: Reader): OwnerState {
  const owner = reader.findByUID(reference.uid)?.object;
  if (owner === undefined || !isNamedBy(owner, reference)) {
    const existence = reader.ownerExists(reference);
    return existence === 'exists' ? 'solid' : existence;
  }
  return isWaiting(owner) ? 'waiting' : 'solid';
}

function isNamedBy(
  { apiVersion = '', kind, metadata }: KubernetesObject,
  reference: OwnerReference,
): boolean {
  return (
    kind === reference.kind &&
    metadata.name === reference.name &&
    // An object is the same in every version of its group.
    parseAPIVersion(apiVersion).group === parseAPIVersion(reference.apiVersion).group
  );
}
