import { expect, it } from 'vitest';
import { APIWatch, call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { configMap, freshCluster } from '../../workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

const labelled = (name: string, label: string) => ({
  ...configMap(name),
  metadata: { name, labels: { 'watch-this-configmap': label } },
});
const merge = (cluster: string, name: string, patch: object) =>
  call(cluster, 'PATCH', `${MAPS}/${name}`, {
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: patch,
  });
const watchLabel = (cluster: string, label: string, query = '') =>
  APIWatch.open(cluster, `${MAPS}?watch=1&labelSelector=watch-this-configmap%3D${label}${query}`);
const seen = async (watch: APIWatch, count: number) =>
  (await watch.take(count)).map(({ type, object }) => `${type} ${object.metadata.name}`);

it('[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps [Conformance]', async () => {
  const cluster = freshCluster();
  const a = await watchLabel(cluster, 'A');
  const b = await watchLabel(cluster, 'B');
  const both = await APIWatch.open(
    cluster,
    `${MAPS}?watch=1&labelSelector=watch-this-configmap%20in%20(A%2CB)`,
  );
  await createAt(cluster, MAPS, labelled('a', 'A'));
  await merge(cluster, 'a', { data: { mutation: '1' } });
  await call(cluster, 'DELETE', `${MAPS}/a`);
  await createAt(cluster, MAPS, labelled('b', 'B'));
  await call(cluster, 'DELETE', `${MAPS}/b`);
  expect(await seen(a, 3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  expect(await seen(b, 2)).toEqual(['ADDED b', 'DELETED b']);
  expect(await seen(both, 5)).toEqual([
    'ADDED a',
    'MODIFIED a',
    'DELETED a',
    'ADDED b',
    'DELETED b',
  ]);
  for (const watch of [a, b, both]) await watch.close();
});

it('[sig-api-machinery] Watchers should be able to start watching from a specific resource version [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, MAPS, labelled('a', 'A'));
  const first = await (
    await merge(cluster, 'a', { data: { mutation: '1' } })
  ).json<{
    metadata: { resourceVersion: string };
  }>();
  await merge(cluster, 'a', { data: { mutation: '2' } });
  await call(cluster, 'DELETE', `${MAPS}/a`);
  const watch = await watchLabel(
    cluster,
    'A',
    `&resourceVersion=${first.metadata.resourceVersion}`,
  );
  expect(await seen(watch, 2)).toEqual(['MODIFIED a', 'DELETED a']);
  await watch.close();
});

it('[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch [Conformance]', async () => {
  const cluster = freshCluster();
  const first = await watchLabel(cluster, 'A');
  await createAt(cluster, MAPS, labelled('a', 'A'));
  await merge(cluster, 'a', { data: { mutation: '1' } });
  const [, last] = await first.take(2);
  await first.close();
  await merge(cluster, 'a', { data: { mutation: '2' } });
  await call(cluster, 'DELETE', `${MAPS}/a`);
  const version = last?.object.metadata.resourceVersion ?? '';
  const second = await watchLabel(cluster, 'A', `&resourceVersion=${version}`);
  expect(await seen(second, 2)).toEqual(['MODIFIED a', 'DELETED a']);
  await second.close();
});

it('[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector [Conformance]', async () => {
  const cluster = freshCluster();
  const watch = await watchLabel(cluster, 'A');
  await createAt(cluster, MAPS, labelled('a', 'A'));
  await merge(cluster, 'a', { data: { mutation: '1' } });
  await merge(cluster, 'a', { metadata: { labels: { 'watch-this-configmap': 'other' } } });
  await merge(cluster, 'a', { data: { mutation: '2' } });
  await merge(cluster, 'a', { metadata: { labels: { 'watch-this-configmap': 'A' } } });
  await merge(cluster, 'a', { data: { mutation: '3' } });
  await call(cluster, 'DELETE', `${MAPS}/a`);
  const frames = await watch.take(6);
  expect(frames.map(({ type }) => type)).toEqual([
    'ADDED',
    'MODIFIED',
    'DELETED',
    'ADDED',
    'MODIFIED',
    'DELETED',
  ]);
  expect(frames[3]?.object).toMatchObject({ data: { mutation: '2' } });
  await watch.close();
});

it('[sig-api-machinery] Watchers should receive events on concurrent watches in same order [Conformance]', async () => {
  const cluster = freshCluster();
  const { metadata } = await list(cluster, MAPS);
  const path = `${MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`;
  const early = await Promise.all(Array.from({ length: 5 }, () => APIWatch.open(cluster, path)));
  const writes = Array.from({ length: 40 }, async (_, i) => {
    await createAt(cluster, MAPS, configMap(`m${i}`));
    await merge(cluster, `m${i}`, { data: { mutation: '1' } });
    if (i % 2 === 0) await call(cluster, 'DELETE', `${MAPS}/m${i}`);
  });
  const late = await Promise.all(Array.from({ length: 5 }, () => APIWatch.open(cluster, path)));
  await Promise.all(writes);
  const orders = await Promise.all(
    [...early, ...late].map(async (watch) =>
      (await watch.take(100)).map(
        ({ type, object }) => `${type} ${object.metadata.resourceVersion}`,
      ),
    ),
  );
  for (const order of orders) expect(order).toEqual(orders[0]);
  for (const watch of [...early, ...late]) await watch.close();
});
