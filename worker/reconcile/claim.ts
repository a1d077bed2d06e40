import {
  isControlledBy,
  newControllerRef,
  withOwnerReference,
  withoutOwnerReferences,
} from '../../apimachinery/owner-references.ts';
import type { OwnerIdentity } from '../../apimachinery/owner-references.ts';
import type { GroupResource } from '../../apimachinery/object-key.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { StoredMeta } from './kinds.ts';
import type { Write } from './planner.ts';
import type { LabelPredicate } from './selector.ts';

export interface Claims<T> {
  /** What the owner controls once the writes are done. */
  readonly claimed: readonly T[];
  readonly writes: readonly Write[];
}

/**
 * Decides adoption and release: an owner controls exactly what its selector matches. An object
 * without controller that matches is adopted, a controlled one that no longer matches is let go.
 * An owner that is being deleted does neither, and nothing that is being deleted is adopted. What is
 * not eligible is treated as if the selector did not match it.
 */
export function planClaims<T extends KubernetesObject & { metadata: StoredMeta }>(
  owner: OwnerIdentity & { readonly deleting: boolean },
  resource: GroupResource,
  controlled: readonly T[],
  orphans: readonly T[],
  matches: LabelPredicate,
  isEligible: (object: T) => boolean = () => true,
): Claims<T> {
  const claimed: T[] = [];
  const writes: Write[] = [];
  for (const object of controlled) {
    if (!isControlledBy(object, owner.uid)) continue;
    if (matches(object.metadata.labels) && isEligible(object)) claimed.push(object);
    else if (!owner.deleting) {
      const released = withoutOwnerReferences(object, new Set([owner.uid]));
      writes.push({ verb: 'update', resource, object: released });
    }
  }
  if (owner.deleting) return { claimed, writes };
  const reference = newControllerRef(owner);
  for (const object of orphans) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    if (!matches(object.metadata.labels) || !isEligible(object)) continue;
    const adopted = withOwnerReference(object, reference);
    claimed.push(adopted);
    writes.push({ verb: 'update', resource, object: adopted });
  }
  return { claimed, writes };
}
