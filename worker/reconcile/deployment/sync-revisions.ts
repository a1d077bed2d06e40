import { findCondition } from '../../../apimachinery/conditions.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Deployment, ReplicaSet } from '../kinds.ts';
import { omitZeros } from '../omit-zeros.ts';
import type { Write } from '../planner.ts';
import { REVISION, forNewReplicaSet, revisionOf, withReplicas } from './annotations.ts';
import { replicasOf, rolloutLimits } from './limits.ts';
import { withProgress } from './progress.ts';
import { sizeOfCurrent } from './rolling.ts';
import { CONTINUE, allReplicaSets, stopAfter } from './rollout.ts';
import type { Rollout, StepResult } from './rollout.ts';
import { scaled } from './scale-replica-set.ts';
import { TEMPLATE_HASH_LABEL, templateHash, withHashLabel } from './template.ts';

/** The name that the ReplicaSet of the current template gets. */
export function replicaSetName(deployment: Deployment): string {
  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  return `${deployment.metadata.name}-${hash}`;
}

/**
 * Gives the ReplicaSet of the current template the highest revision and the Deployment's
 * annotations, and the Deployment that revision. Creates nothing.
 */
export function syncRevision(rollout: Rollout, now: number): StepResult {
  const { deployment, current, old } = rollout;
  if (current === null) return CONTINUE;
  const own = current.metadata.annotations ?? {};
  const annotations = forNewReplicaSet(
    own,
    deployment.metadata.annotations ?? {},
    nextRevision(old),
  );
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const { minReadySeconds: currentMinReadySeconds = 0, ...currentSpec } = current.spec;
  const writes: Write[] = [];
  if (!deepEqual(annotations, own) || minReadySeconds !== currentMinReadySeconds) {
    writes.push({
      verb: 'update',
      resource: 'replicasets.apps',
      object: {
        ...current,
        metadata: { ...current.metadata, annotations },
        spec: { ...currentSpec, ...omitZeros({ minReadySeconds }) },
      },
    });
  }
  writes.push(...withRevision(deployment, annotations[REVISION] ?? ''));
  if (
    writes.length === 0 &&
    findCondition(deployment.status?.conditions, 'Progressing') === undefined
  ) {
    const message = `Found new replica set "${current.metadata.name}"`;
    writes.push(...withProgress(deployment, 'True', 'FoundNewReplicaSet', message, now));
  }
  return stopAfter(writes);
}

/** Creates the ReplicaSet of the current template when there is none. */
export function createCurrent(rollout: Rollout, now: number, nameTaken: boolean): StepResult {
  const { deployment, current, lastFailure } = rollout;
  if (current !== null) return CONTINUE;
  const name = replicaSetName(deployment);
  if (nameTaken) return stopAfter([countCollision(deployment)]);
  const create = createWrite(rollout, name);
  if (lastFailure !== null) {
    const message = `Failed to create new replica set "${name}": ${lastFailure.message}`;
    const failed = withProgress(deployment, 'False', 'ReplicaSetCreateError', message, now);
    if (failed.length > 0) return stopAfter([...failed, create]);
  }
  const message = `Created new replica set "${name}"`;
  return stopAfter([
    create,
    ...withProgress(deployment, 'True', 'NewReplicaSetCreated', message, now),
  ]);
}

function createWrite(rollout: Rollout, name: string): Write {
  const { deployment, old } = rollout;
  const desired = replicasOf(deployment);
  const replicas = sizeOfCurrent(deployment, allReplicaSets(rollout), 0);
  const annotations = withReplicas(
    forNewReplicaSet({}, deployment.metadata.annotations ?? {}, nextRevision(old)),
    desired,
    desired + rolloutLimits(deployment).maxSurge,
  );
  const announce = {
    regarding: deployment,
    onFailure: {
      type: 'Warning',
      reason: 'ReplicaSetCreateError',
      message: `Failed to create new replica set "${name}": {error}`,
    },
    ...(replicas > 0 && { onSuccess: scaled(deployment, 'up', name, 0, replicas).onSuccess }),
  } as const;
  return {
    verb: 'create',
    resource: 'replicasets.apps',
    object: newReplicaSet(deployment, name, replicas, annotations),
    announce,
  };
}

function newReplicaSet(
  deployment: Deployment,
  name: string,
  replicas: number,
  annotations: Record<string, string>,
): KubernetesObject {
  const hash = name.slice(deployment.metadata.name.length + 1);
  const { selector } = deployment.spec;
  const template = withHashLabel(deployment.spec.template, hash);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      labels: { ...template.metadata?.labels },
      annotations,
      ownerReferences: [
        newControllerRef({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: deployment.metadata.name,
          uid: deployment.metadata.uid,
        }),
      ],
    },
    spec: {
      replicas,
      ...omitZeros({ minReadySeconds: deployment.spec.minReadySeconds ?? 0 }),
      selector: {
        ...selector,
        matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash },
      },
      template,
    },
  };
}

/** One more than any revision of the others: a template that comes back becomes the newest. */
function nextRevision(old: readonly ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((a, b) => (b > a ? b : a), 0n) + 1n;
}

/** Written with the status: a revision is no wish, and so not counted in metadata.generation. */
function withRevision(deployment: Deployment, revision: string): Write[] {
  const old = deployment.metadata.annotations ?? {};
  if (old[REVISION] === revision) return [];
  const metadata = { ...deployment.metadata, annotations: { ...old, [REVISION]: revision } };
  const object = { ...deployment, metadata };
  return [{ verb: 'updateStatus', resource: 'deployments.apps', object }];
}

/** Another object has the name: the next plan hashes with another salt. */
function countCollision(deployment: Deployment): Write {
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  return {
    verb: 'updateStatus',
    resource: 'deployments.apps',
    object: { ...deployment, status: { ...deployment.status, collisionCount } },
  };
}
