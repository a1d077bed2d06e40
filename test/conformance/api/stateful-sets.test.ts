import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { expect, it } from 'vitest';
import type { StatefulSet } from '../../../worker/reconcile/kinds.ts';
import { call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';
import { podTemplate, PODS, report, SETS, SetWorld, statefulSet } from './set-world.ts';
import { listWhen } from './waiting.ts';

const basic = '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic]';

const imagesOf = async (world: SetWorld): Promise<(string | undefined)[]> =>
  (await world.pods()).map(({ spec }) => spec.containers[0]?.image);

const uidOf = ({ metadata }: KubernetesObject) => metadata.uid;

it(`${basic} Burst scaling should run to completion even with unhealthy pods [Conformance] [Slow]`, async () => {
  const world = await SetWorld.with({ replicas: 1, podManagementPolicy: 'Parallel' });
  await world.whenPods(0);
  await world.unready(0);
  await world.patch({ replicas: 3 });
  await world.whenPods(0, 1, 2);
  for (const ordinal of [0, 1, 2]) await world.unready(ordinal);
  await world.patch({ replicas: 0 });
  await world.whenPods();
  await world.when(({ status }) => status?.replicas === 0);
});

it(`${basic} Scaling should happen in predictable order and halt if any stateful pod is unhealthy [Conformance] [Slow]`, async () => {
  const world = await SetWorld.with({ replicas: 3 });
  await world.whenPods(0);
  await world.unready(0);
  await world.when(({ status }) => status?.replicas === 1);
  expect(await world.pods()).toHaveLength(1);
  await world.ready(0);
  await world.whenPods(0, 1);
  await world.ready(1);
  await world.whenPods(0, 1, 2);
  await world.ready(2);
  await world.when(({ status }) => status?.readyReplicas === 3);
  for (const ordinal of [0, 1, 2]) await world.unready(ordinal);
  await world.patch({ replicas: 0 });
  await world.when(({ status, metadata }) => status?.observedGeneration === metadata.generation);
  expect(await world.pods()).toHaveLength(3);
  // The first of those that are not ready may go when all before it are.
  for (const ordinal of [0, 1]) await world.ready(ordinal);
  await world.whenPods();
});

it(`${basic} Should recreate evicted statefulset [Conformance]`, async () => {
  const world = await SetWorld.with({ replicas: 1 });
  const [pod] = await world.whenPods(0);
  await report(world.cluster, 'a-0', 'Failed');
  const next = await world.whenReplaced(pod!);
  expect(next.status?.phase).toBe('Pending');
});

it(`${basic} should have a working scale subresource [Conformance]`, async () => {
  const world = await SetWorld.with({ replicas: 1 });
  const path = `${SETS}/a/scale`;
  await world.when(({ status }) => status?.replicas === 1);
  const scale = await get(world.cluster, path);
  expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 } });
  await put(world.cluster, path, { ...scale, spec: { replicas: 2 } });
  await world.fill(2);
  const patched = await merge(world.cluster, path, { spec: { replicas: 4 } });
  expect(patched['spec']).toEqual({ replicas: 4 });
  await world.whenPods(0, 1, 2);
  expect(await get(world.cluster, `${SETS}/a`)).toMatchObject({ spec: { replicas: 4 } });
});

it(`${basic} should list, patch and delete a collection of StatefulSets [Conformance]`, async () => {
  const cluster = freshCluster();
  await createAt(cluster, SETS, statefulSet('a', { replicas: 1 }));
  const everywhere = '/apis/apps/v1/statefulsets?labelSelector=app%3Da';
  expect((await list(cluster, everywhere)).items).toHaveLength(1);
  const patched = await merge(cluster, `${SETS}/a`, {
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 2, template: podTemplate('i:2', { terminationGracePeriodSeconds: 5 }) },
  });
  expect(patched).toMatchObject({
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 2 },
  });
  const gone = await call(cluster, 'DELETE', `${SETS}?labelSelector=patched%3Dyes`);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  await listWhen(
    cluster,
    everywhere.replace('/v1/', '/v1/namespaces/default/'),
    (sets) => sets.length === 0,
  );
  await listWhen(cluster, PODS, (pods) => pods.length === 0);
});

it(`${basic} should perform canary updates and phased rolling updates of template modifications [Conformance]`, async () => {
  const world = await SetWorld.with({
    replicas: 3,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } },
  });
  await world.fill(3);
  const before = await world.when(({ status }) => status?.updatedReplicas === 3);
  const first = before.status!.currentRevision;
  await world.setImage('i:2');
  const changed = await world.when(({ status }) => status?.updateRevision !== first);
  expect(changed.status).toMatchObject({ currentRevision: first, currentReplicas: 3 });
  // A canary: the last one only.
  const [, , last] = await world.pods();
  await world.patch({ updateStrategy: { rollingUpdate: { partition: 2 } } });
  await world.whenReplaced(last!);
  await world.ready(2);
  await world.when(({ status }) => status?.readyReplicas === 3);
  expect(await imagesOf(world)).toEqual(['i:1', 'i:1', 'i:2']);
  // Whoever is deleted comes back as what it was.
  const deleted = await world.pods();
  for (const { metadata } of [deleted[2]!, deleted[0]!]) {
    await (await call(world.cluster, 'DELETE', `${PODS}/${metadata.name}`)).body?.cancel();
  }
  await world.whenReplaced(deleted[0]!);
  await world.ready(0);
  await world.whenReplaced(deleted[2]!);
  await world.ready(2);
  expect(await imagesOf(world)).toEqual(['i:1', 'i:1', 'i:2']);
  // A phase at a time.
  for (const partition of [1, 0]) {
    const old = (await world.pods())[partition]!;
    await world.patch({ updateStrategy: { rollingUpdate: { partition } } });
    await world.whenReplaced(old);
    await world.ready(partition);
  }
  const done = await world.when(({ status }) => status?.currentRevision !== first);
  expect(done.status?.currentRevision).toBe(done.status?.updateRevision);
  expect(await imagesOf(world)).toEqual(['i:2', 'i:2', 'i:2']);
});

it(`${basic} should perform rolling updates and roll backs of template modifications [Conformance]`, async () => {
  const world = await SetWorld.with({ replicas: 3 });
  await world.fill(3);
  const roll = async (image: string): Promise<StatefulSet> => {
    const old = await world.pods();
    await world.setImage(image);
    for (const ordinal of [2, 1, 0]) {
      const replaced = await world.whenReplaced(old[ordinal]!);
      expect(replaced.spec.containers[0]?.image).toBe(image);
      const pods = await world.pods();
      // Others write to their statuses meanwhile; that they are the same pods is what counts.
      expect(pods.slice(0, ordinal).map(uidOf)).toEqual(old.slice(0, ordinal).map(uidOf));
      await world.ready(ordinal);
    }
    return world.when(
      ({ status }) =>
        status?.readyReplicas === 3 && status.currentRevision === status.updateRevision,
    );
  };
  const first = (await world.when(({ status }) => status?.updatedReplicas === 3)).status!;
  const second = (await roll('i:2')).status!;
  expect(second.currentRevision).not.toBe(first.currentRevision);
  const third = (await roll('i:1')).status!;
  expect(third.currentRevision).toBe(first.currentRevision);
  const history = await list(world.cluster, '/apis/apps/v1/namespaces/default/controllerrevisions');
  expect(history.items).toHaveLength(2);
});

it(`${basic} should validate Statefulset Status endpoints [Conformance]`, async () => {
  const world = await SetWorld.with({ replicas: 1 });
  await world.fill(1);
  const path = `${SETS}/a/status`;
  const read = await get<StatefulSet>(world.cluster, path);
  expect(read.status).toMatchObject({ replicas: 1 });
  const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set by test' };
  const updated = await put(world.cluster, path, {
    ...read,
    status: { ...read.status, conditions: [condition] },
  });
  expect(updated['status']).toMatchObject({ conditions: [condition] });
  const patched = await merge(world.cluster, path, {
    status: { conditions: [{ type: 'StatusPatched', status: 'True' }] },
  });
  expect(patched['status']).toMatchObject({ conditions: [{ type: 'StatusPatched' }] });
  expect(await get(world.cluster, path)).toEqual(patched);
});
