import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get } from './lifecycle.ts';
import { listWhen } from './waiting.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const PODS = `${NAMESPACE}/pods`;
const CONTROLLERS = `${NAMESPACE}/replicationcontrollers`;
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets';

const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};
const controller = (name: string, replicas: number) => ({
  metadata: { name },
  spec: { replicas, selector: { app: 'a' }, template },
});
const deployment = {
  metadata: { name: 'd' },
  spec: { replicas: 2, selector: { matchLabels: { app: 'a' } }, template },
};

const remove = (cluster: string, path: string, propagationPolicy: string) =>
  call(cluster, 'DELETE', path, { body: { propagationPolicy } });

const isEmpty = (items: readonly KubernetesObject[]): boolean => items.length === 0;

async function withPods(name: string, replicas: number): Promise<string> {
  const cluster = freshCluster();
  await createAt(cluster, CONTROLLERS, controller(name, replicas));
  await listWhen(cluster, PODS, (pods) => pods.length === replicas);
  return cluster;
}

it('[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning [Conformance]', async () => {
  const cluster = await withPods('rc', 2);
  await remove(cluster, `${CONTROLLERS}/rc`, 'Background');
  await listWhen(cluster, PODS, isEmpty);
  await listWhen(cluster, CONTROLLERS, isEmpty);
});

it('[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so [Conformance] [Serial]', async () => {
  const cluster = await withPods('rc', 20);
  await remove(cluster, `${CONTROLLERS}/rc`, 'Orphan');
  await listWhen(cluster, CONTROLLERS, isEmpty);
  const pods = await list(cluster, PODS);
  expect(pods.items).toHaveLength(20);
  for (const { metadata } of pods.items) {
    expect(metadata.ownerReferences ?? []).toEqual([]);
    expect(metadata.deletionTimestamp).toBeUndefined();
  }
});

it('[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so [Conformance] [Serial]', async () => {
  const cluster = await withPods('rc', 20);
  const watch = await APIWatch.open(cluster, `${CONTROLLERS}?watch=1`);
  await remove(cluster, `${CONTROLLERS}/rc`, 'Foreground');
  let sawFinalizer = false;
  for (let frame = await watch.next(); frame?.type !== 'DELETED'; frame = await watch.next()) {
    sawFinalizer ||= frame?.object.metadata.finalizers?.includes('foregroundDeletion') === true;
  }
  await watch.close();
  expect(sawFinalizer).toBe(true);
  expect((await list(cluster, PODS)).items).toEqual([]);
});

it('[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, DEPLOYMENTS, deployment);
  await listWhen(cluster, PODS, (pods) => pods.length === 2);
  await remove(cluster, `${DEPLOYMENTS}/d`, 'Background');
  await listWhen(cluster, REPLICA_SETS, isEmpty);
  await listWhen(cluster, PODS, isEmpty);
});

it('[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, DEPLOYMENTS, deployment);
  await listWhen(cluster, PODS, (pods) => pods.length === 2);
  await remove(cluster, `${DEPLOYMENTS}/d`, 'Orphan');
  await listWhen(cluster, DEPLOYMENTS, isEmpty);
  const [replicaSet] = (await list(cluster, REPLICA_SETS)).items;
  expect(replicaSet?.metadata.ownerReferences ?? []).toEqual([]);
  expect((await list(cluster, PODS)).items).toHaveLength(2);
});

const pod = (name: string, owners: readonly KubernetesObject[] = []) => ({
  metadata: {
    name,
    ownerReferences: owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      blockOwnerDeletion: true,
    })),
  },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

it('[sig-api-machinery] Garbage collector should not be blocked by dependency circle [Conformance]', async () => {
  const cluster = freshCluster();
  const pods: KubernetesObject[] = [];
  for (const name of ['pod1', 'pod2', 'pod3']) {
    pods.push(await createAt<KubernetesObject>(cluster, PODS, pod(name)));
  }
  for (const [i, owned] of pods.entries()) {
    const owner = pods[(i + 2) % 3] as KubernetesObject;
    await call(cluster, 'PATCH', `${PODS}/${owned.metadata.name}`, {
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: { metadata: { ownerReferences: pod('', [owner]).metadata.ownerReferences } },
    });
  }
  await remove(cluster, `${PODS}/pod1`, 'Foreground');
  await listWhen(cluster, PODS, isEmpty);
});

it("[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Conformance] [Serial]", async () => {
  const cluster = await withPods('dying', 10);
  const staying = await createAt<KubernetesObject>(cluster, CONTROLLERS, {
    ...controller('staying', 0),
    spec: {
      ...controller('staying', 0).spec,
      selector: { app: 'b' },
      template: { ...template, metadata: { labels: { app: 'b' } } },
    },
  });
  const { items } = await list(cluster, PODS);
  const shared = items.slice(0, 5);
  for (const { metadata } of shared) {
    const reference = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      name: 'staying',
      uid: staying.metadata.uid,
    };
    await call(cluster, 'PATCH', `${PODS}/${metadata.name}`, {
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: { metadata: { ownerReferences: [...(metadata.ownerReferences ?? []), reference] } },
    });
  }
  await remove(cluster, `${CONTROLLERS}/dying`, 'Foreground');
  await listWhen(cluster, CONTROLLERS, (left) => left.length === 1);
  const left = await list(cluster, PODS);
  // Lists are in the order of names.
  expect(left.items.map((o) => o.metadata.name)).toEqual(shared.map((o) => o.metadata.name));
  for (const { metadata } of left.items) expect(metadata.deletionTimestamp).toBeUndefined();
  expect((await get(cluster, `${CONTROLLERS}/staying`)).metadata.deletionTimestamp).toBeUndefined();
});
