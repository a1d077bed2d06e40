import { expect, it } from 'vitest';
import type { Pod, ReplicationController } from '../../../worker/reconcile/kinds.ts';
import { APIWatch, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';
import { CONTROLLERS, deleteWatched, isOwnedBy, orphanPod, reportReady } from './replica-world.ts';
import { podTemplate, PODS } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

const controller = (spec: object = {}, labels: object = { app: 'a' }) => ({
  metadata: { name: 'a', labels },
  spec: { replicas: 1, selector: { app: 'a' }, template: podTemplate('i:1'), ...spec },
});

const when = (cluster: string, holds: (owner: ReplicationController) => boolean) =>
  objectWhen<ReplicationController>(cluster, `${CONTROLLERS}/a`, holds);

/** Makes all pods ready once there are so many. */
async function run(cluster: string, count: number): Promise<ReplicationController> {
  await reportReady(cluster, count);
  return when(cluster, ({ status }) => status?.availableReplicas === count);
}

it('[sig-apps] ReplicationController should adopt matching pods on creation [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, PODS, orphanPod('orphan'));
  const owner = await createAt<ReplicationController>(cluster, CONTROLLERS, controller());
  await objectWhen<Pod>(cluster, `${PODS}/orphan`, (pod) => isOwnedBy(pod, owner));
  expect((await list(cluster, PODS)).items).toHaveLength(1);
});

it('[sig-apps] ReplicationController should release no longer matching pods [Conformance]', async () => {
  const cluster = freshCluster();
  const owner = await createAt<ReplicationController>(cluster, CONTROLLERS, controller());
  await run(cluster, 1);
  const [pod] = (await list(cluster, PODS)).items;
  const path = `${PODS}/${pod!.metadata.name}`;
  expect(isOwnedBy(pod!, owner)).toBe(true);
  await merge(cluster, path, { metadata: { labels: { app: 'not-a' } } });
  const released = await objectWhen<Pod>(cluster, path, (p) => !isOwnedBy(p, owner));
  expect(released.metadata.ownerReferences).toBeUndefined();
  await listWhen<Pod>(cluster, PODS, (pods) => pods.some((p) => isOwnedBy(p, owner)));
});

it('[sig-apps] ReplicationController should get and update a ReplicationController scale [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, CONTROLLERS, controller());
  const settled = await run(cluster, 1);
  // Only ReplicaSets and Deployments say how many of their pods are leaving.
  expect(settled.status).toEqual({
    replicas: 1,
    fullyLabeledReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    observedGeneration: 1,
  });
  const path = `${CONTROLLERS}/a/scale`;
  const scale = await get(cluster, path);
  expect(scale).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 1 },
    status: { replicas: 1, selector: 'app=a' },
  });
  await put(cluster, path, { ...scale, spec: { replicas: 2 } });
  expect(await get(cluster, `${CONTROLLERS}/a`)).toMatchObject({ spec: { replicas: 2 } });
  await run(cluster, 2);
});

it('[sig-apps] ReplicationController should test the lifecycle of a ReplicationController [Conformance]', async () => {
  const cluster = freshCluster();
  const everywhere = '/api/v1/replicationcontrollers?labelSelector=lifecycle%3Dthis';
  const before = await list(cluster, everywhere);
  const watch = await APIWatch.open(
    cluster,
    `${everywhere}&watch=1&resourceVersion=${before.metadata.resourceVersion}`,
  );
  await createAt(cluster, CONTROLLERS, controller({}, { app: 'a', lifecycle: 'this' }));
  await run(cluster, 1);
  const patched = await merge(cluster, `${CONTROLLERS}/a`, {
    metadata: { labels: { patched: 'yes' } },
  });
  expect(patched.metadata.labels).toMatchObject({ patched: 'yes' });
  const path = `${CONTROLLERS}/a/status`;
  const said = await merge(cluster, path, { status: { readyReplicas: 0, availableReplicas: 0 } });
  expect(said['status']).toMatchObject({ readyReplicas: 0, availableReplicas: 0 });
  const read = await get<ReplicationController>(cluster, path);
  expect(read.metadata.uid).toBe(said.metadata.uid);
  // What was said of it is put right.
  await when(cluster, ({ status }) => status?.readyReplicas === 1);
  await merge(cluster, `${CONTROLLERS}/a/scale`, { spec: { replicas: 2 } });
  await run(cluster, 2);
  const { items } = await list(cluster, everywhere);
  expect(items.map((o) => o.metadata.name)).toEqual(['a']);
  const current = await get<ReplicationController>(cluster, `${CONTROLLERS}/a`);
  const updated = await put(cluster, `${CONTROLLERS}/a`, {
    ...current,
    spec: { ...current.spec, replicas: 1 },
  });
  expect(updated['spec']).toMatchObject({ replicas: 1 });
  await listWhen(cluster, PODS, (pods) => pods.length === 1);

  await deleteWatched(cluster, CONTROLLERS, watch);
  await listWhen(cluster, PODS, (pods) => pods.length === 0);
});
