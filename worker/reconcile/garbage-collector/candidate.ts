import type { KubernetesObject, OwnerReference } from '../../../apimachinery/meta.ts';
import type { ObjectKey } from '../../../apimachinery/object-key.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/**
 * How an owner counts for its dependents: `solid` holds them, `waiting` wants them gone before it
 * goes itself (foreground deletion), `absent` is not there, and `unknown` decides nothing.
 */
export type OwnerState = 'solid' | 'waiting' | 'absent' | 'unknown';

/** An object with owners, and all that decides whether it stays. */
export interface Candidate {
  readonly key: ObjectKey;
  readonly object: KubernetesObject;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  readonly hasDependents: boolean;
  /** Whether a dependent of this one waits for its own dependents: a sign of a circle of owners. */
  readonly hasWaitingDependents: boolean;
}

/** Whether the object is being deleted in the foreground and waits for its dependents. */
export function isWaiting({ metadata }: KubernetesObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes(FOREGROUND_FINALIZER) === true
  );
}

/** Whether the object is being deleted and must let its dependents go their own way first. */
export function isOrphaning({ metadata }: KubernetesObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes(ORPHAN_FINALIZER) === true
  );
}

/** Whether the object names this owner as one that may not go before it. */
export function blocks({ metadata }: KubernetesObject, ownerUID: string): boolean {
  return (
    metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === ownerUID && blockOwnerDeletion === true,
    ) === true
  );
}
