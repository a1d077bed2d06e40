import type { ControllerRevision, DaemonSet, Pod } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { REVISIONS } from '../controller-revisions/revision.ts';
import { deleteRevision, planSurplus } from '../controller-revisions/surplus.ts';
import { HASH_LABEL } from './set-facts.ts';

/** What pods of a revision are labelled with. */
export const hashOf = ({ metadata }: ControllerRevision): string =>
  metadata.labels?.[HASH_LABEL] ?? metadata.name;

/** Gives revisions that somebody made without it the label that tells pods of theirs. */
export function planHashLabels(history: readonly ControllerRevision[]): Write[] {
  return history
    .filter(({ metadata }) => metadata.labels?.[HASH_LABEL] === undefined)
    .map((revision) => {
      const { metadata } = revision;
      const labels = { ...metadata.labels, [HASH_LABEL]: metadata.name };
      const object = { ...revision, metadata: { ...metadata, labels } };
      return { verb: 'update', resource: REVISIONS, object };
    });
}

/** Leaves one of several revisions that hold the same template; pods of the others become its. */
export function planDuplicates(
  kept: ControllerRevision,
  duplicates: readonly ControllerRevision[],
  pods: readonly Pod[],
): Write[] {
  const hashes = new Set(duplicates.map(hashOf));
  const relabelled = pods
    .filter(({ metadata }) => hashes.has(metadata.labels?.[HASH_LABEL] ?? ''))
    .filter(({ metadata }) => metadata.labels?.[HASH_LABEL] !== hashOf(kept))
    .map((pod): Write => {
      const labels = { ...pod.metadata.labels, [HASH_LABEL]: hashOf(kept) };
      const object = { ...pod, metadata: { ...pod.metadata, labels } };
      return { verb: 'update', resource: 'pods', object };
    });
  return [...relabelled, ...duplicates.map(deleteRevision)];
}

/** Old revisions beyond the limit, but none that a pod is of. */
export function forgetOld(
  { spec }: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
): Write[] {
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[HASH_LABEL]));
  const count = old.length - (spec.revisionHistoryLimit ?? 10);
  return planSurplus(old, count, (revision) => live.has(hashOf(revision)));
}
