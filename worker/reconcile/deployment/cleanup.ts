import { replicasOf } from './limits.ts';
import { byRevision } from './replica-set-lists.ts';
import { stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';
import type { ReplicaSet } from '../kinds.ts';

/** Deletes old ReplicaSets beyond `revisionHistoryLimit`, lowest revision first, once they are empty. */
export function cleanupHistory({ deployment, old }: Rollout): StepResult {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined) return stopAfter([]);
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = Math.max(0, alive.length - limit);
  return stopAfter(
    alive
      .sort(byRevision)
      .slice(0, surplus)
      .filter(isEmpty)
      .map(({ metadata }) => ({
        verb: 'delete',
        resource: 'replicasets.apps',
        name: metadata.name,
        uid: metadata.uid,
      })),
  );
}

function isEmpty(replicaSet: ReplicaSet): boolean {
  const { metadata, status } = replicaSet;
  return (
    replicasOf(replicaSet) === 0 &&
    (status?.replicas ?? 0) === 0 &&
    (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
  );
}
