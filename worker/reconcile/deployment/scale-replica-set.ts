import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Deployment, ReplicaSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { withReplicas } from './annotations.ts';
import { replicasOf, rolloutLimits } from './limits.ts';

/**
 * Sets the size of a ReplicaSet and notes on it what the Deployment wanted then. Nothing is written
 * when both are as they should be; the event tells of a change of size only.
 */
export function scaleReplicaSet(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  replicas: number,
): Write[] {
  const desired = replicasOf(deployment);
  const old = replicaSet.metadata.annotations ?? {};
  const annotations = withReplicas(old, desired, desired + rolloutLimits(deployment).maxSurge);
  const before = replicasOf(replicaSet);
  if (before === replicas && deepEqual(annotations, old)) return [];
  const write: Write = {
    verb: 'update',
    resource: 'replicasets.apps',
    object: {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...replicaSet.spec, replicas },
    },
  };
  if (before === replicas) return [write];
  const direction = before < replicas ? 'up' : 'down';
  return [
    {
      ...write,
      announce: scaled(deployment, direction, replicaSet.metadata.name, before, replicas),
    },
  ];
}

/** The event about a change of size. A ReplicaSet is born with its first size: from 0. */
export function scaled(
  deployment: Deployment,
  direction: 'up' | 'down',
  name: string,
  before: number,
  after: number,
): NonNullable<Write['announce']> {
  const message = `Scaled ${direction} replica set ${name} from ${before} to ${after}`;
  return {
    regarding: deployment,
    onSuccess: { type: 'Normal', reason: 'ScalingReplicaSet', message },
  };
}
