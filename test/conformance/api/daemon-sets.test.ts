import { expect, it } from 'vitest';
import type { ControllerRevision, DaemonSet, Pod } from '../../../worker/reconcile/kinds.ts';
import { call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { DAEMON_SETS, daemonSet, DaemonWorld } from './daemon-world.ts';
import { get, merge, put } from './lifecycle.ts';
import { podTemplate, PODS, report } from './set-world.ts';
import { listWhen, objectWhen } from './waiting.ts';

const REVISIONS = '/apis/apps/v1/namespaces/default/controllerrevisions';

it('[sig-apps] Daemon set should run and stop simple daemon [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({});
  const pods = await world.readyAll('n1', 'n2');
  await world.delete(`${PODS}/${pods.get('n1')!.metadata.name}`);
  await listWhen<Pod>(
    world.cluster,
    PODS,
    (items) =>
      items.length === 2 &&
      items.every(({ metadata }) => metadata.uid !== pods.get('n1')!.metadata.uid),
  );
  // A node with room gets its pod bound to it.
  await world.addNode('n3', { cpu: '4', memory: '8Gi', pods: '10' });
  const third = (await world.whenOn('n1', 'n2', 'n3')).get('n3')!;
  const bound = await objectWhen<Pod>(
    world.cluster,
    `${PODS}/${third.metadata.name}`,
    ({ spec }) => spec.nodeName !== undefined,
  );
  expect(bound.spec.nodeName).toBe('n3');
  await world.when(({ status }) => status?.desiredNumberScheduled === 3);
});

it('[sig-apps] Daemon set should run and stop complex daemon [Conformance] [Serial]', async () => {
  const colored = (color: string) => podTemplate('i:1', { nodeSelector: { color } });
  const world = await DaemonWorld.with({ template: colored('blue') });
  await world.when(({ status }) => status?.observedGeneration === 1);
  expect(await world.pods()).toEqual([]);
  await world.label('n1', { color: 'blue' });
  await world.readyAll('n1');
  await world.label('n1', { color: 'green' });
  await world.whenOn();
  await world.patch({
    template: colored('green'),
    updateStrategy: { type: 'RollingUpdate' },
  });
  await world.readyAll('n1');
  await world.delete(`/api/v1/nodes/n1`);
  await world.when(({ status }) => status?.desiredNumberScheduled === 0);
});

it('[sig-apps] Daemon set should retry creating failed daemon pods [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({});
  const pods = await world.readyAll('n1', 'n2');
  const failed = pods.get('n1')!;
  await report(world.cluster, failed.metadata.name, 'Failed');
  await listWhen<Pod>(
    world.cluster,
    PODS,
    (items) =>
      items.length === 2 && items.every(({ metadata }) => metadata.uid !== failed.metadata.uid),
  );
});

it('[sig-apps] Daemon set should update pod when spec was updated and update strategy is RollingUpdate [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({ updateStrategy: { type: 'RollingUpdate' } });
  await world.readyAll('n1', 'n2');
  const [first] = (await list(world.cluster, REVISIONS)).items as ControllerRevision[];
  expect(first).toMatchObject({ revision: 1 });
  await world.setImage('i:2');
  const pods = await world.whenUpdated('i:2', 'n1', 'n2');
  await world.when(({ status }) => status?.updatedNumberScheduled === 2);
  const revisions = (await list(world.cluster, REVISIONS)).items as ControllerRevision[];
  const second = revisions.find(({ revision }) => revision === 2);
  const label = 'controller-revision-hash';
  for (const { metadata } of pods.values()) {
    expect(metadata.labels?.[label]).toBe(second?.metadata.labels?.[label]);
  }
});

it('[sig-apps] Daemon set should rollback without unnecessary restarts [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({ updateStrategy: { type: 'RollingUpdate' } });
  const before = await world.readyAll('n1', 'n2');
  await world.setImage('nowhere:1');
  const broken = await listWhen<Pod>(
    world.cluster,
    PODS,
    (items) =>
      items.length === 2 && items.some(({ spec }) => spec.containers[0]?.image === 'nowhere:1'),
  );
  const old = broken.find(({ spec }) => spec.containers[0]?.image === 'i:1')!;
  await world.setImage('i:1');
  const after = await world.whenUpdated('i:1', 'n1', 'n2');
  const kept = [...after.values()].map(({ metadata }) => metadata.uid);
  expect(kept).toContain(old.metadata.uid);
  expect([...before.values()].map(({ metadata }) => metadata.uid)).toContain(old.metadata.uid);
});

it('[sig-apps] Daemon set should list and delete a collection of DaemonSets [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({});
  await world.readyAll('n1', 'n2');
  const labelled = `${DAEMON_SETS}?labelSelector=app%3Da`;
  expect((await list(world.cluster, labelled)).items).toHaveLength(1);
  const gone = await call(world.cluster, 'DELETE', labelled);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  await listWhen(world.cluster, labelled, (sets) => sets.length === 0);
  await world.whenOn();
});

it('[sig-apps] Daemon set should verify changes to a daemon set status [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({});
  await world.readyAll('n1', 'n2');
  await world.when(({ status }) => status?.numberAvailable === 2);
  const path = `${DAEMON_SETS}/a/status`;
  const read = await get<DaemonSet>(world.cluster, path);
  expect(read.status).toMatchObject({ numberReady: 2 });
  const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set by test' };
  const updated = await put(world.cluster, path, {
    ...read,
    status: { ...read.status, conditions: [condition] },
  });
  expect(updated['status']).toMatchObject({ conditions: [condition] });
  const patched = await merge(world.cluster, path, {
    status: { conditions: [{ type: 'StatusPatched', status: 'True' }] },
  });
  expect(patched['status']).toMatchObject({
    numberReady: 2,
    conditions: [{ type: 'StatusPatched', status: 'True' }],
  });
});

it('[sig-apps] ControllerRevision should manage the lifecycle of a ControllerRevision [Conformance] [Serial]', async () => {
  const world = await DaemonWorld.with({});
  await world.readyAll('n1', 'n2');
  const { cluster } = world;
  const labelled = `${REVISIONS}?labelSelector=app%3Da`;
  const revisions = async () => (await list(cluster, labelled)).items as ControllerRevision[];
  const [initial] = await revisions();
  expect(await revisions()).toHaveLength(1);
  const patched = await merge(cluster, `${REVISIONS}/${initial!.metadata.name}`, {
    metadata: { labels: { [initial!.metadata.name]: 'patched' } },
  });
  expect(patched.metadata.labels).toMatchObject({ [initial!.metadata.name]: 'patched' });

  const { labels, ownerReferences } = initial!.metadata;
  const made = await createAt<ControllerRevision>(cluster, REVISIONS, {
    metadata: { name: 'a-another', labels, ownerReferences },
    data: initial!.data,
    revision: initial!.revision! + 1,
  });
  expect(await revisions()).toHaveLength(2);
  await world.delete(`${REVISIONS}/${initial!.metadata.name}`);
  await listWhen(cluster, labelled, (items) => items.length === 1);
  const updated = await put(cluster, `${REVISIONS}/a-another`, {
    ...made,
    metadata: { ...made.metadata, labels: { ...labels, 'a-another': 'updated' } },
  });
  expect(updated.metadata.labels).toMatchObject({ 'a-another': 'updated' });

  await world.setImage('i:2');
  await listWhen<ControllerRevision>(cluster, labelled, (items) =>
    items.some(({ revision }) => revision === 3),
  );
  const gone = await call(cluster, 'DELETE', `${REVISIONS}?labelSelector=a-another%3Dupdated`);
  expect(gone.status).toBe(200);
  await gone.body?.cancel();
  const [last, ...others] = await listWhen<ControllerRevision>(
    cluster,
    labelled,
    (items) => items.length === 1,
  );
  expect(others).toEqual([]);
  expect(last!.revision).toBe(3);
});

it('forgets nodes with its last DaemonSet, and knows them again with the next', async () => {
  const world = await DaemonWorld.with({}, ['n1']);
  await world.whenOn('n1');
  await world.delete(`${DAEMON_SETS}/a`);
  await world.whenOn();
  await world.addNode('n2');
  await createAt(world.cluster, DAEMON_SETS, daemonSet('a'));
  await world.whenOn('n1', 'n2');
  await world.addNode('n3');
  await world.whenOn('n1', 'n2', 'n3');
});
