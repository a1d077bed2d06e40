import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

const regarding = { kind: 'ConfigMap', name: 'a', namespace: 'default', apiVersion: 'v1' };
const TIME = '2026-01-01T00:00:00.000000Z';
const core = (name: string) => ({
  metadata: { name, labels: { 'testevent-set': 'true' } },
  message: 'This is a test event',
  reason: 'Test',
  type: 'Normal',
  count: 1,
  involvedObject: regarding,
});
const modern = (name: string) => ({
  metadata: { name, labels: { 'testevent-set': 'true' } },
  regarding,
  eventTime: TIME,
  note: 'This is a test event',
  action: 'Do',
  reason: 'Test',
  type: 'Normal',
  reportingController: 'test-controller',
  reportingInstance: 'test-node',
});

const GROUPS = [
  {
    root: '/api/v1',
    sample: core,
    patch: { message: 'This is a patched event' },
    lifecycle: '[sig-instrumentation] Events should manage the lifecycle of an event [Conformance]',
    collection: '[sig-instrumentation] Events should delete a collection of events [Conformance]',
  },
  {
    root: '/apis/events.k8s.io/v1',
    sample: modern,
    // Of an event of this group only the series may change.
    patch: { series: { count: 2, lastObservedTime: TIME } },
    lifecycle:
      '[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed [Conformance]',
    collection:
      '[sig-instrumentation] Events API should delete a collection of events [Conformance]',
  },
];

it.each(GROUPS.map((group) => [group.lifecycle, group] as const))('%s', async (_, group) => {
  const { root, sample, patch } = group;
  const cluster = freshCluster();
  const path = `${root}/namespaces/default/events`;
  const everywhere = `${root}/events?labelSelector=testevent-set%3Dtrue`;
  const made = await createAt<KubernetesObject>(cluster, path, sample('e'));
  expect(await get(cluster, `${path}/e`)).toEqual(made);
  expect((await list(cluster, everywhere)).items).toHaveLength(1);
  const patched = await merge(cluster, `${path}/e`, patch);
  expect(patched).toMatchObject(patch);
  const series = { count: 100, lastObservedTime: TIME };
  const updated = await put(cluster, `${path}/e`, { ...patched, series });
  expect(updated['series']).toEqual(series);
  await call(cluster, 'DELETE', `${path}/e`);
  expect((await list(cluster, everywhere)).items).toEqual([]);
});

it.each(GROUPS.map((group) => [group.collection, group] as const))('%s', async (_, group) => {
  const { root, sample } = group;
  const cluster = freshCluster();
  const path = `${root}/namespaces/default/events`;
  for (const name of ['a', 'b', 'c']) await createAt(cluster, path, sample(name));
  const selected = `${path}?labelSelector=testevent-set%3Dtrue`;
  expect((await list(cluster, selected)).items).toHaveLength(3);
  await call(cluster, 'DELETE', selected);
  expect((await list(cluster, selected)).items).toEqual([]);
});

it('shows an event of one group in the other', async () => {
  const cluster = freshCluster();
  await createAt(cluster, '/api/v1/namespaces/default/events', core('e'));
  const event = await get(cluster, '/apis/events.k8s.io/v1/namespaces/default/events/e');
  expect(event).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    note: 'This is a test event',
    regarding,
    deprecatedCount: 1,
  });
});
