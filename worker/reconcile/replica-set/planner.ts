import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { isPodActive } from '../pods/pod-phase.ts';
import { labelPredicate } from '../selector.ts';
import { REPLICATION_CONTROLLER, REPLICA_SET } from './flavor.ts';
import type { Flavor, ReplicaOwner } from './flavor.ts';
import { planReplicas } from './plan.ts';
import type { ObservedReplicas } from './plan.ts';

function newReplicaPlanner(flavor: Flavor): Planner<ObservedReplicas> {
  return {
    name: flavor.plannerName,
    keysFor: (change, reader) => keysFor(flavor, change, reader),
    observe: (reader, key) => observe(flavor, reader, key),
    plan: planReplicas,
  };
}

export const replicaSetPlanner = newReplicaPlanner(REPLICA_SET);
export const replicationControllerPlanner = newReplicaPlanner(REPLICATION_CONTROLLER);

function keysFor(flavor: Flavor, change: Change, reader: Reader): readonly string[] {
  if (change.resource === flavor.resource) return change.after === null ? [] : [change.name];
  if (change.resource !== 'pods') return [];
  const keys = new Set<string>();
  for (const pod of [change.before, change.after]) {
    const owner = pod === null ? undefined : controllerOf(pod);
    if (owner?.kind === flavor.kind && owner.apiVersion === flavor.apiVersion) keys.add(owner.name);
  }
  if (change.after !== null && controllerOf(change.after) === undefined) {
    for (const name of ownersThatMatch(flavor, change.after, reader)) keys.add(name);
  }
  return [...keys];
}

/** Which owners would adopt this pod. */
function ownersThatMatch(flavor: Flavor, pod: KubernetesObject, reader: Reader): string[] {
  return asList<ReplicaOwner>(reader.list(flavor.resource))
    .filter((owner) => labelPredicate(flavor.selectorOf(owner))(pod.metadata.labels))
    .map((owner) => owner.metadata.name);
}

function observe(flavor: Flavor, reader: Reader, key: string): ObservedReplicas | null {
  const object = reader.get(flavor.resource, key);
  if (object === null) return null;
  const owner = as<ReplicaOwner>(object);
  const matches = labelPredicate(flavor.selectorOf(owner));
  const controlled = asList<Pod>(reader.listControlledBy('pods', owner.metadata.uid));
  const orphans = asList<Pod>(reader.listWithoutController('pods')).filter((pod) =>
    matches(pod.metadata.labels),
  );
  const mayShrink =
    controlled.filter(isPodActive).length + orphans.length > (owner.spec.replicas ?? 1);
  return {
    flavor,
    owner,
    controlled,
    orphans,
    related: mayShrink ? relatedPods(flavor, owner, controlled, reader) : [],
    namespaceTerminating: isNamespaceTerminating(reader),
    lastFailure: reader.lastFailure(flavor.plannerName, key),
  };
}

/** Pods of every owner that has the same controller as this one (the ReplicaSets of a Deployment). */
function relatedPods(
  flavor: Flavor,
  owner: ReplicaOwner,
  own: readonly Pod[],
  reader: Reader,
): readonly Pod[] {
  const controller = controllerOf(owner);
  if (controller === undefined) return own;
  return reader
    .listControlledBy(flavor.resource, controller.uid)
    .flatMap((sibling) =>
      asList<Pod>(reader.listControlledBy('pods', as<ReplicaOwner>(sibling).metadata.uid)),
    );
}
