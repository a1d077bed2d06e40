import { expect, it } from 'vitest';
import type { Pod, ReplicaSet } from '../../../worker/reconcile/kinds.ts';
import { call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';
import { isOwnedBy, orphanPod, REPLICA_SETS, replicated, reportReady } from './replica-world.ts';
import { podTemplate, PODS } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

const when = (cluster: string, holds: (set: ReplicaSet) => boolean): Promise<ReplicaSet> =>
  objectWhen<ReplicaSet>(cluster, `${REPLICA_SETS}/a`, holds);

/** Makes all pods ready once there are so many. */
async function run(cluster: string, count: number): Promise<void> {
  await reportReady(cluster, count);
  await when(cluster, ({ status }) => status?.availableReplicas === count);
}

it('[sig-apps] ReplicaSet should adopt matching pods on creation and release no longer matching pods [Conformance]', async () => {
  const cluster = freshCluster();
  const orphan = await createAt<Pod>(cluster, PODS, orphanPod('orphan'));
  const set = await createAt<ReplicaSet>(cluster, REPLICA_SETS, replicated('a'));
  await objectWhen<Pod>(cluster, `${PODS}/orphan`, (pod) => isOwnedBy(pod, set));
  const [pod] = (await list(cluster, PODS)).items;
  expect(pod?.metadata.uid).toBe(orphan.metadata.uid);
  await merge(cluster, `${PODS}/orphan`, { metadata: { labels: { app: 'not-a' } } });
  const released = await objectWhen<Pod>(cluster, `${PODS}/orphan`, (p) => !isOwnedBy(p, set));
  expect(released.metadata.ownerReferences).toBeUndefined();
  // Another one takes its place.
  await listWhen<Pod>(cluster, PODS, (pods) => pods.some((p) => isOwnedBy(p, set)));
});

it('[sig-apps] ReplicaSet Replicaset should have a working scale subresource [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, REPLICA_SETS, replicated('a'));
  await run(cluster, 1);
  const path = `${REPLICA_SETS}/a/scale`;
  const scale = await get(cluster, path);
  expect(scale).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 1 },
    status: { replicas: 1, selector: 'app=a' },
  });
  await put(cluster, path, { ...scale, spec: { replicas: 2 } });
  expect(await get(cluster, `${REPLICA_SETS}/a`)).toMatchObject({ spec: { replicas: 2 } });
  await merge(cluster, path, { spec: { replicas: 4 } });
  expect(await get(cluster, `${REPLICA_SETS}/a`)).toMatchObject({ spec: { replicas: 4 } });
  await run(cluster, 4);
});

it('[sig-apps] ReplicaSet Replace and Patch tests [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, REPLICA_SETS, replicated('a'));
  await run(cluster, 1);
  await merge(cluster, `${REPLICA_SETS}/a/scale`, { spec: { replicas: 2 } });
  await run(cluster, 2);
  const patched = await merge(cluster, `${REPLICA_SETS}/a`, {
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 3, template: podTemplate('i:2', { terminationGracePeriodSeconds: 0 }) },
  });
  expect(patched).toMatchObject({ metadata: { labels: { patched: 'yes' } } });
  await run(cluster, 3);
  const read = await get<ReplicaSet>(cluster, `${REPLICA_SETS}/a`);
  await put(cluster, `${REPLICA_SETS}/a`, { ...read, spec: { ...read.spec, replicas: 4 } });
  await run(cluster, 4);
});

it('[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, REPLICA_SETS, replicated('a', { replicas: 3 }));
  await run(cluster, 3);
  const everywhere = '/apis/apps/v1/replicasets?labelSelector=app%3Da';
  expect((await list(cluster, everywhere)).items.map((o) => o.metadata.name)).toEqual(['a']);
  const gone = await call(cluster, 'DELETE', `${REPLICA_SETS}?labelSelector=app%3Da`);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  await listWhen(cluster, REPLICA_SETS, (sets) => sets.length === 0);
  await listWhen(cluster, PODS, (pods) => pods.length === 0);
});

it('[sig-apps] ReplicaSet should validate Replicaset Status endpoints [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, REPLICA_SETS, replicated('a'));
  await run(cluster, 1);
  const path = `${REPLICA_SETS}/a/status`;
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'E2E',
    message: 'Set from a test',
  });
  const read = await get<ReplicaSet>(cluster, path);
  const conditions = [...(read.status?.conditions ?? []), condition('StatusUpdate')];
  const updated = await put(cluster, path, { ...read, status: { ...read.status, conditions } });
  expect(updated['status']).toMatchObject({ conditions: [condition('StatusUpdate')] });
  const patched = await merge(cluster, path, {
    status: { conditions: [condition('StatusPatched')] },
  });
  expect(patched['status']).toMatchObject({ conditions: [condition('StatusPatched')] });
  // Its controller keeps what others say.
  await merge(cluster, `${REPLICA_SETS}/a`, { spec: { replicas: 2 } });
  const after = await when(cluster, ({ status }) => status?.replicas === 2);
  expect(after.status?.conditions).toMatchObject([condition('StatusPatched')]);
});
