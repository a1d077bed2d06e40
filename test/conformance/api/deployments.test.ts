import { expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../worker/reconcile/kinds.ts';
import { APIWatch, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';
import {
  deleteWatched,
  DEPLOYMENTS,
  imageOf,
  isOwnedBy,
  REPLICA_SETS,
  replicated,
  ReplicaWorld,
} from './replica-world.ts';
import { podTemplate, report } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

const REVISION = 'deployment.kubernetes.io/revision';

const sizes = (sets: readonly ReplicaSet[]): Record<string, number> =>
  Object.fromEntries(
    sets.map(({ spec }) => [spec.template?.spec?.containers[0]?.image, spec.replicas ?? 1]),
  );

it('[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones [Conformance]', async () => {
  const world = new ReplicaWorld();
  const revision = '3546343826724305832';
  const old = replicated('former', {}, { annotations: { [REVISION]: revision } });
  await createAt(world.cluster, REPLICA_SETS, old);
  const [pod] = await world.podsWhen((pods) => pods.length === 1);
  await report(world.cluster, pod!.metadata.name, 'Running', true);
  await objectWhen<ReplicaSet>(
    world.cluster,
    `${REPLICA_SETS}/former`,
    ({ status }) => status?.availableReplicas === 1,
  );
  await createAt(world.cluster, DEPLOYMENTS, replicated('a', { template: podTemplate('i:2') }));
  const done = await world.complete('a');
  expect(done.metadata.annotations?.[REVISION]).toBe('3546343826724305833');
  const sets = await world.replicaSetsWhen((items) => sizes(items)['i:1'] === 0);
  expect(sizes(sets)).toEqual({ 'i:1': 0, 'i:2': 1 });
  expect(sets.every((set) => isOwnedBy(set, done))).toBe(true);
});

it('[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones [Conformance]', async () => {
  const world = await ReplicaWorld.withDeployment('a', {
    replicas: 2,
    strategy: { type: 'Recreate' },
  });
  const first = await world.complete('a');
  expect(first.metadata.annotations?.[REVISION]).toBe('1');
  const { metadata } = await list(world.cluster, '/api/v1/namespaces/default/pods');
  const watch = await APIWatch.open(
    world.cluster,
    `/api/v1/namespaces/default/pods?watch=1&resourceVersion=${metadata.resourceVersion}`,
  );
  await world.setImage('a', 'i:2');
  await world.runUntil(
    'a',
    (d) => d.metadata.annotations?.[REVISION] === '2' && d.status?.availableReplicas === 2,
  );
  // All that is old goes before anything new comes.
  const frames = await watch.take(4);
  expect(
    frames
      .map(({ type }) => type)
      .filter((type) => type !== 'MODIFIED')
      .slice(0, 3),
  ).toEqual(['DELETED', 'DELETED', 'ADDED']);
  await watch.close();
  expect((await world.pods()).map(imageOf)).toEqual(['i:2', 'i:2']);
});

it('[sig-apps] Deployment deployment should delete old replica sets [Conformance]', async () => {
  const world = new ReplicaWorld();
  await createAt(world.cluster, REPLICA_SETS, replicated('former'));
  const [pod] = await world.podsWhen((pods) => pods.length === 1);
  await report(world.cluster, pod!.metadata.name, 'Running', true);
  const spec = { revisionHistoryLimit: 0, template: podTemplate('i:2') };
  await createAt(world.cluster, DEPLOYMENTS, replicated('a', spec));
  await world.complete('a');
  const sets = await world.replicaSetsWhen((items) => items.length === 1);
  expect(sizes(sets)).toEqual({ 'i:2': 1 });
});

it('[sig-apps] Deployment deployment should support rollover [Conformance]', async () => {
  const world = new ReplicaWorld();
  await createAt(world.cluster, REPLICA_SETS, replicated('former'));
  const [pod] = await world.podsWhen((pods) => pods.length === 1);
  await report(world.cluster, pod!.metadata.name, 'Running', true);
  await createAt(
    world.cluster,
    DEPLOYMENTS,
    replicated('a', {
      template: podTemplate('i:never'),
      minReadySeconds: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    }),
  );
  await world.podsWhen((pods) => pods.some((p) => imageOf(p) === 'i:never'));
  await world.deploymentWhen('a', ({ status }) => status?.updatedReplicas === 1);
  // In the middle of it comes another template.
  await world.setImage('a', 'i:2');
  await world.runUntil(
    'a',
    (d) =>
      d.status?.updatedReplicas === 1 &&
      d.status.replicas === 1 &&
      d.status.availableReplicas === 1,
    (p) => imageOf(p) !== 'i:never',
  );
  const sets = await world.replicaSetsWhen((items) => sizes(items)['i:1'] === 0);
  expect(sizes(sets)).toEqual({ 'i:1': 0, 'i:never': 0, 'i:2': 1 });
  const [left] = await world.podsWhen((pods) => pods.length === 1);
  expect(imageOf(left!)).toBe('i:2');
});

it('[sig-apps] Deployment deployment should support proportional scaling [Conformance]', async () => {
  const world = await ReplicaWorld.withDeployment('a', {
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 3 } },
  });
  await world.complete('a');
  await world.setImage('a', 'i:never');
  const rolling = await world.replicaSetsWhen(
    (items) => sizes(items)['i:never'] === 5 && sizes(items)['i:1'] === 8,
  );
  expect(sizes(rolling)).toEqual({ 'i:1': 8, 'i:never': 5 });
  await world.deploymentWhen('a', ({ status }) => status?.availableReplicas === 8);
  await world.patch('a', { replicas: 30 });
  const scaled = await world.replicaSetsWhen((items) => sizes(items)['i:never'] !== 5);
  await world.replicaSetsWhen((items) => items.every(({ spec }) => (spec.replicas ?? 0) > 8));
  expect(sizes((await list(world.cluster, REPLICA_SETS)).items as ReplicaSet[])).toEqual({
    'i:1': 20,
    'i:never': 13,
  });
  expect(scaled).toHaveLength(2);
});

it('[sig-apps] Deployment Deployment should have a working scale subresource [Conformance]', async () => {
  const world = await ReplicaWorld.withDeployment('a');
  const path = `${DEPLOYMENTS}/a/scale`;
  await world.complete('a');
  const scale = await get(world.cluster, path);
  expect(scale).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 1 },
    status: { replicas: 1, selector: 'app=a' },
  });
  await put(world.cluster, path, { ...scale, spec: { replicas: 2 } });
  expect(await get(world.cluster, `${DEPLOYMENTS}/a`)).toMatchObject({ spec: { replicas: 2 } });
  const patched = await merge(world.cluster, path, { spec: { replicas: 4 } });
  expect(patched['spec']).toEqual({ replicas: 4 });
  await world.podsWhen((pods) => pods.length === 4);
  expect(await get(world.cluster, `${DEPLOYMENTS}/a`)).toMatchObject({ spec: { replicas: 4 } });
});

it('[sig-apps] Deployment should run the lifecycle of a Deployment [Conformance]', async () => {
  const world = new ReplicaWorld();
  const { cluster } = world;
  const everywhere = '/apis/apps/v1/deployments?labelSelector=lifecycle%3Dthis';
  const labels = { app: 'a', lifecycle: 'this' };
  const before = await list(cluster, everywhere);
  const watch = await APIWatch.open(
    cluster,
    `${everywhere}&watch=1&resourceVersion=${before.metadata.resourceVersion}`,
  );
  const first = podTemplate('i:1', { terminationGracePeriodSeconds: 1 });
  await createAt(cluster, DEPLOYMENTS, replicated('a', { template: first }, { labels }));
  await world.runUntil('a', ({ status }) => status?.readyReplicas === 1);
  const patched = await merge(cluster, `${DEPLOYMENTS}/a`, {
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 2, template: podTemplate('i:2') },
  });
  expect(patched).toMatchObject({
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 2 },
  });
  await world.complete('a');
  await merge(cluster, `${DEPLOYMENTS}/a/scale`, { spec: { replicas: 1 } });
  await world.complete('a');
  expect((await list(cluster, everywhere)).items).toHaveLength(1);

  const updated = await get<Deployment>(cluster, `${DEPLOYMENTS}/a`);
  await put(cluster, `${DEPLOYMENTS}/a`, { ...updated, spec: { ...updated.spec, replicas: 2 } });
  const done = await world.complete('a');
  expect(await get(cluster, `${DEPLOYMENTS}/a/status`)).toEqual(done);
  const said = await merge(cluster, `${DEPLOYMENTS}/a/status`, {
    status: { readyReplicas: 0, availableReplicas: 0 },
  });
  expect(said['status']).toMatchObject({ readyReplicas: 0 });
  // What was said of it is put right.
  await world.deploymentWhen('a', ({ status }) => status?.readyReplicas === 2);

  await deleteWatched(cluster, DEPLOYMENTS, watch);
  await listWhen(cluster, REPLICA_SETS, (sets) => sets.length === 0);
  await world.podsWhen((pods) => pods.length === 0);
});

it('[sig-apps] Deployment should validate Deployment Status endpoints [Conformance]', async () => {
  const cluster = freshCluster();
  // Paused, and without a deadline, so that nobody else writes to the status.
  const spec = { paused: true, progressDeadlineSeconds: 2 ** 31 - 1, replicas: 0 };
  await createAt(cluster, DEPLOYMENTS, replicated('a', spec));
  await objectWhen<Deployment>(
    cluster,
    `${DEPLOYMENTS}/a`,
    ({ status }) => status?.observedGeneration === 1,
  );
  const path = `${DEPLOYMENTS}/a/status`;
  const read = await get<Deployment>(cluster, path);
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'E2E',
    message: 'Set from a test',
  });
  const conditions = [...(read.status?.conditions ?? []), condition('StatusUpdate')];
  const updated = await put(cluster, path, { ...read, status: { ...read.status, conditions } });
  expect(updated['status']).toMatchObject({
    conditions: expect.arrayContaining([
      expect.objectContaining(condition('StatusUpdate')),
    ]) as unknown,
  });
  const patched = await merge(cluster, path, {
    status: { conditions: [condition('StatusPatched')] },
  });
  expect(patched['status']).toMatchObject({ conditions: [condition('StatusPatched')] });
});
