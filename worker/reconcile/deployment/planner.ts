import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, asList } from '../kinds.ts';
import type { Deployment, Pod, ReplicaSet } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { labelPredicate } from '../selector.ts';
import { isRollingUpdate } from './limits.ts';
import { planDeployment } from './plan.ts';
import type { ObservedDeployment } from './plan.ts';
import { replicaSetName } from './sync-revisions.ts';

export const deploymentPlanner: Planner<ObservedDeployment> = {
  name: 'deployment-controller',
  keysFor,
  observe,
  plan: planDeployment,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  switch (change.resource) {
    case 'deployments.apps':
      return change.after === null ? [] : [change.name];
    case 'replicasets.apps':
      return keysForReplicaSet(change, reader);
    case 'pods':
      return keysForPod(change, reader);
    default:
      return [];
  }
}

function keysForReplicaSet({ before, after }: Change, reader: Reader): readonly string[] {
  const keys = new Set<string>();
  for (const object of [before, after]) {
    const owner = object === null ? undefined : deploymentOf(object);
    if (owner !== undefined) keys.add(owner);
  }
  if (after !== null && controllerOf(after) === undefined) {
    for (const { metadata, spec } of asList<Deployment>(reader.list('deployments.apps'))) {
      if (labelPredicate(spec.selector)(after.metadata.labels)) keys.add(metadata.name);
    }
  }
  return [...keys];
}

/** Recreate waits for old pods to be gone or finished; everything else reaches it by ReplicaSets. */
function keysForPod({ before, after }: Change, reader: Reader): readonly string[] {
  if (before === null || isPodTerminal(as<Pod>(before))) return [];
  if (after !== null && !isPodTerminal(as<Pod>(after))) return [];
  const owner = controllerOf(before);
  if (owner?.kind !== 'ReplicaSet') return [];
  const replicaSet = reader.get('replicasets.apps', owner.name);
  const key = replicaSet === null ? undefined : deploymentOf(replicaSet);
  return key === undefined ? [] : [key];
}

function deploymentOf(replicaSet: KubernetesObject): string | undefined {
  const owner = controllerOf(replicaSet);
  return owner?.kind === 'Deployment' && owner.apiVersion === 'apps/v1' ? owner.name : undefined;
}

function observe(reader: Reader, key: string): ObservedDeployment | null {
  const object = reader.get('deployments.apps', key);
  if (object === null) return null;
  const deployment = as<Deployment>(object);
  const controlled = asList<ReplicaSet>(
    reader.listControlledBy('replicasets.apps', deployment.metadata.uid),
  );
  const matches = labelPredicate(deployment.spec.selector);
  return {
    deployment,
    controlled,
    orphans: asList<ReplicaSet>(reader.listWithoutController('replicasets.apps')).filter(
      ({ metadata }) => matches(metadata.labels),
    ),
    withRunningPods: isRollingUpdate(deployment) ? [] : uidsWithRunningPods(controlled, reader),
    nameTaken: reader.get('replicasets.apps', replicaSetName(deployment)) !== null,
    namespaceTerminating: isNamespaceTerminating(reader),
    lastFailure: reader.lastFailure(deploymentPlanner.name, key),
  };
}

/** A pod that is being deleted still runs until its node says otherwise. */
function uidsWithRunningPods(replicaSets: readonly ReplicaSet[], reader: Reader): string[] {
  return replicaSets
    .map(({ metadata }) => metadata.uid)
    .filter((uid) => !asList<Pod>(reader.listControlledBy('pods', uid)).every(isPodTerminal));
}
