import { expect } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../worker/reconcile/kinds.ts';
import { isPodActive } from '../../../worker/reconcile/pods/pod-phase.ts';
import { call, list, type APIWatch } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { merge } from './lifecycle.ts';
import { podTemplate, PODS, report } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets';
export const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';

/** A Deployment or a ReplicaSet. `spec` goes over the rest. */
export const replicated = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, labels: { app: 'a' }, ...metadata },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'a' } },
    template: podTemplate('i:1'),
    ...spec,
  },
});

/** A pod as the template has it, which nobody owns. */
export const orphanPod = (name: string) => ({
  ...podTemplate('i:1'),
  metadata: { name, labels: { app: 'a' } },
});

/** Reports all pods ready, once there are so many, as the nodes would. */
export async function reportReady(cluster: string, count: number): Promise<void> {
  const pods = await listWhen<Pod>(cluster, PODS, (items) => items.length === count);
  for (const { metadata } of pods) await report(cluster, metadata.name, 'Running', true);
}

/**
 * Deletes what carries the label `lifecycle=this`, of which a watch has told, and holds that the watch
 * tells all of it: made, changed, deleted.
 */
export async function deleteWatched(
  cluster: string,
  collection: string,
  watch: APIWatch,
): Promise<void> {
  const gone = await call(cluster, 'DELETE', `${collection}?labelSelector=lifecycle%3Dthis`);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  const types: string[] = [];
  while (types.at(-1) !== 'DELETED') types.push((await watch.take(1))[0]!.type);
  expect(types[0]).toBe('ADDED');
  expect(new Set(types)).toEqual(new Set(['ADDED', 'MODIFIED', 'DELETED']));
  await watch.close();
}

export const imageOf = ({ spec }: Pod): string => spec.containers[0]?.image ?? '';

/** A cluster of its own without nodes, whose pods' states the test writes. */
export class ReplicaWorld {
  readonly cluster = freshCluster();

  static async withDeployment(name: string, spec: object = {}): Promise<ReplicaWorld> {
    const world = new ReplicaWorld();
    await createAt(world.cluster, DEPLOYMENTS, replicated(name, spec));
    return world;
  }

  deploymentWhen(name: string, holds: (deployment: Deployment) => boolean): Promise<Deployment> {
    return objectWhen<Deployment>(this.cluster, `${DEPLOYMENTS}/${name}`, holds);
  }

  replicaSetsWhen(holds: (sets: readonly ReplicaSet[]) => boolean): Promise<readonly ReplicaSet[]> {
    return listWhen<ReplicaSet>(this.cluster, REPLICA_SETS, holds);
  }

  podsWhen(holds: (pods: readonly Pod[]) => boolean): Promise<readonly Pod[]> {
    return listWhen<Pod>(this.cluster, PODS, holds);
  }

  async pods(): Promise<readonly Pod[]> {
    return (await list(this.cluster, PODS)).items as Pod[];
  }

  patch(name: string, spec: object): Promise<KubernetesObject> {
    return merge(this.cluster, `${DEPLOYMENTS}/${name}`, { spec });
  }

  setImage(name: string, image: string): Promise<KubernetesObject> {
    return this.patch(name, { template: podTemplate(image) });
  }

  /** Makes pods ready as they come, until the Deployment is as it should be. */
  async runUntil(
    name: string,
    holds: (deployment: Deployment) => boolean,
    isWell: (pod: Pod) => boolean = () => true,
  ): Promise<Deployment> {
    for (;;) {
      const deployment = await this.deploymentWhen(name, () => true);
      if (holds(deployment)) return deployment;
      const pods = (await this.pods()).filter((pod) => isPodActive(pod) && isWell(pod));
      for (const { metadata, status } of pods) {
        const isReady = status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
        if (isReady !== true) await this.#makeReady(metadata.name);
      }
      // Whatever comes of it changes the Deployment's status.
      await this.deploymentWhen(
        name,
        (next) =>
          next.metadata.resourceVersion !== deployment.metadata.resourceVersion || holds(next),
      );
    }
  }

  /** Its controller may have deleted the pod meanwhile. */
  async #makeReady(name: string): Promise<void> {
    try {
      await report(this.cluster, name, 'Running', true);
    } catch (error) {
      if (!String(error).includes('"NotFound"')) throw error;
    }
  }

  async complete(name: string): Promise<Deployment> {
    return this.runUntil(name, isComplete);
  }
}

/** Whether everything is of the current template, and available. */
export function isComplete({ metadata, spec, status = {} }: Deployment): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
}

export const isOwnedBy = (pod: KubernetesObject, owner: KubernetesObject): boolean =>
  controllerOf(pod)?.uid === owner.metadata.uid;
