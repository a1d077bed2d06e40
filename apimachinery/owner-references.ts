import type { KubernetesObject, ObjectMeta, OwnerReference } from './meta.ts';

/** What an object must have to be named as an owner. */
export interface OwnerIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The reference with `controller: true`; the API allows at most one. */
export function controllerOf(object: { metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether the object's controlling owner has this uid. */
export function isControlledBy(object: { metadata: ObjectMeta }, uid: string): boolean {
  return controllerOf(object)?.uid === uid;
}

/** A reference that makes the owner the controller and holds up its foreground deletion. */
export function newControllerRef(owner: OwnerIdentity): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.name,
    uid: owner.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A copy of the object with this reference; one of the same uid is replaced. */
export function withOwnerReference<T extends KubernetesObject>(
  object: T,
  reference: OwnerReference,
): T {
  const others = (object.metadata.ownerReferences ?? []).filter((r) => r.uid !== reference.uid);
  return withReferences(object, [...others, reference]);
}

/** A copy of the object without the references to these owners; the field goes with the last one. */
export function withoutOwnerReferences<T extends KubernetesObject>(
  object: T,
  uids: ReadonlySet<string>,
): T {
  const kept = (object.metadata.ownerReferences ?? []).filter((r) => !uids.has(r.uid));
  return withReferences(object, kept);
}

function withReferences<T extends KubernetesObject>(object: T, references: OwnerReference[]): T {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: references.length === 0 ? metadata : { ...metadata, ownerReferences: references },
  };
}
