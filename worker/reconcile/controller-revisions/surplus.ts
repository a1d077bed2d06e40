import type { ControllerRevision } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { inOrder, REVISIONS } from './revision.ts';

/** The oldest of these revisions, so many, but none that is still in use. */
export function planSurplus(
  revisions: readonly ControllerRevision[],
  count: number,
  isLive: (revision: ControllerRevision) => boolean,
): Write[] {
  return inOrder(revisions)
    .filter((revision) => !isLive(revision))
    .slice(0, Math.max(0, count))
    .map(deleteRevision);
}

export function deleteRevision({ metadata: { name, uid } }: ControllerRevision): Write {
  return { verb: 'delete', resource: REVISIONS, name, uid };
}
