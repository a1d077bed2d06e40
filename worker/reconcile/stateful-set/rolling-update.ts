import type { Pod, StatefulSet } from '../kinds.ts';
import { isUnavailable } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Revisions } from './new-pod.ts';
import { isTerminating, revisionOf } from './pod-facts.ts';
import { startOrdinal } from './set-facts.ts';

/**
 * The next pod to be replaced by one of the update revision: from the last place down to the
 * partition, one at a time, each only when those above it are available.
 * @param leaving uids of pods that this plan takes away already.
 */
export function nextToUpdate(
  set: StatefulSet,
  { places, unlisted }: Layout,
  { update }: Revisions,
  leaving: ReadonlySet<string>,
  now: number,
): Pod | null {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete' || unlisted > 0) return null;
  const first = startOrdinal(set) + (rollingUpdate?.partition ?? 0);
  for (const { ordinal, pod } of places.toReversed()) {
    if (ordinal < first || pod === null || leaving.has(pod.metadata.uid)) return null;
    if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) return pod;
    if (isUnavailable(set, pod, now)) return null;
  }
  return null;
}
