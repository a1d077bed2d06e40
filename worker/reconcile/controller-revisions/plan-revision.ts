import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { ControllerRevision } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { newRevision } from './new-revision.ts';
import { inOrder, numberOf, revisionData, REVISIONS } from './revision.ts';
import type { RevisionFlavor, RevisionOwner } from './revision.ts';

export type PlannedRevision =
  | {
      /** The revision that holds the template, as the writes leave it. */
      readonly update: ControllerRevision;
      /** Others that hold the same template. */
      readonly duplicates: readonly ControllerRevision[];
      readonly writes: readonly Write[];
    }
  /** Its name is another template's: only another collision count gives it one of its own. */
  | 'collision';

/**
 * Finds or makes the revision that holds the owner's template. One that was there before is used
 * again and gets the highest number.
 * @param namesake the object, anybody's, that has the name which a new revision would get.
 */
export function planRevision(
  flavor: RevisionFlavor,
  owner: RevisionOwner,
  revisions: readonly ControllerRevision[],
  namesake: ControllerRevision | null,
): PlannedRevision {
  const data = revisionData(owner.spec.template);
  const equal = inOrder(revisions.filter((revision) => deepEqual(revision.data, data)));
  const others = revisions.filter((revision) => !equal.includes(revision));
  const next = others.reduce((most, revision) => Math.max(most, numberOf(revision)), 0) + 1;
  const found = equal.at(-1);
  if (found !== undefined) {
    const duplicates = equal.slice(0, -1);
    if (numberOf(found) >= next) return { update: found, duplicates, writes: [] };
    const update = { ...found, revision: next };
    return {
      update,
      duplicates,
      writes: [{ verb: 'update', resource: REVISIONS, object: update }],
    };
  }
  if (namesake !== null) {
    return deepEqual(namesake.data, data)
      ? { update: namesake, duplicates: [], writes: [] }
      : 'collision';
  }
  const update = newRevision(flavor, owner, next);
  const { uid: _, ...metadata } = update.metadata;
  return {
    update,
    duplicates: [],
    writes: [{ verb: 'create', resource: REVISIONS, object: { ...update, metadata } }],
  };
}
