import { planClaims } from '../claim.ts';
import type { Claims } from '../claim.ts';
import type { ControllerRevision } from '../kinds.ts';
import { labelPredicate } from '../selector.ts';
import { ownerIdentity, REVISIONS } from './revision.ts';
import type { RevisionFlavor, RevisionOwner } from './revision.ts';

/** The revisions of an owner, adopted by its selector, and let go by it. */
export function planRevisionClaims(
  flavor: RevisionFlavor,
  owner: RevisionOwner,
  controlled: readonly ControllerRevision[],
  orphans: readonly ControllerRevision[],
): Claims<ControllerRevision> {
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  return planClaims(
    { ...ownerIdentity(flavor, owner), deleting },
    REVISIONS,
    controlled,
    orphans,
    labelPredicate(owner.spec.selector),
  );
}
