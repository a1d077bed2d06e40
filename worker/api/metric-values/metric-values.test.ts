import { describe, expect, it } from 'vitest';
import { call, mintToken, statusOf } from '../../../test/workerd/api.ts';
import { createAt } from '../../../test/workerd/definitions.ts';
import { freshCluster } from '../../../test/workerd/stores.ts';

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/default';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default';

const put = (cluster: string, path: string, items: readonly object[], token?: string) =>
  call(cluster, 'PUT', path, { body: { items }, ...(token === undefined ? {} : { token }) });

interface Item {
  readonly describedObject: { readonly name: string };
  readonly value: string;
}

async function itemsOf(cluster: string, path: string): Promise<Item[]> {
  const response = await call(cluster, 'GET', path);
  if (!response.ok) throw new Error((await statusOf(response)).message);
  return (await response.json<{ items: Item[] }>()).items;
}

const valuesAt = async (cluster: string, path: string) =>
  (await itemsOf(cluster, path)).map(({ value }) => value);

const ofPod = (name: string, value: string, extra: object = {}) => ({
  describedObject: { kind: 'Pod', name },
  value,
  ...extra,
});

describe('custom metrics', () => {
  it('METRICS-6: are what clients have said, whole or by object', async () => {
    const cluster = freshCluster();
    const all = `${CUSTOM}/pods/*/requests`;
    const response = await put(cluster, all, [ofPod('a', '1'), ofPod('b', '2500m')]);
    expect(response.status).toBe(200);
    expect(await itemsOf(cluster, all)).toEqual([
      expect.objectContaining({
        describedObject: { kind: 'Pod', namespace: 'default', name: 'a', apiVersion: 'v1' },
        metric: { name: 'requests', selector: null },
        value: '1',
      }),
      expect.objectContaining({ value: '2500m' }),
    ]);
    await put(cluster, `${CUSTOM}/pods/a/requests`, [{ value: '7' }]);
    expect(await valuesAt(cluster, `${CUSTOM}/pods/a/requests`)).toEqual(['7']);
    expect((await valuesAt(cluster, all)).toSorted()).toEqual(['2500m', '7']);
    await put(cluster, all, [ofPod('c', '3')]);
    expect(await valuesAt(cluster, all)).toEqual(['3']);
  });

  it('METRICS-6: are selected by labels of objects and of values', async () => {
    const cluster = freshCluster();
    for (const name of ['a', 'b']) {
      await createAt(cluster, '/api/v1/namespaces/default/pods', {
        metadata: { name, labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      });
    }
    const labelled = (verb: string) => ({
      metric: { name: 'requests', selector: { matchLabels: { verb } } },
    });
    const all = `${CUSTOM}/pods/*/requests`;
    await put(cluster, all, [ofPod('a', '1', labelled('GET')), ofPod('b', '2', labelled('PUT'))]);
    expect(await valuesAt(cluster, `${all}?labelSelector=app%3Db`)).toEqual(['2']);
    expect(await valuesAt(cluster, `${all}?metricLabelSelector=verb%3DGET`)).toEqual(['1']);
  });

  it('METRICS-6: are of objects of any kind, and of the namespace itself', async () => {
    const cluster = freshCluster();
    const front = `${CUSTOM}/ingresses.networking.k8s.io/front/hits`;
    await put(cluster, front, [{ value: '10' }]);
    expect(await itemsOf(cluster, front)).toMatchObject([
      { describedObject: { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', name: 'front' } },
    ]);
    await put(cluster, `${CUSTOM}/metrics/hits`, [{ value: '20' }]);
    expect(await itemsOf(cluster, `${CUSTOM}/metrics/hits`)).toMatchObject([
      { describedObject: { kind: 'Namespace', name: 'default' }, value: '20' },
    ]);
    const old = front.replace('v1beta2', 'v1beta1');
    expect(await itemsOf(cluster, old)).toMatchObject([{ metricName: 'hits', selector: null }]);
  });

  it.each([
    { path: '/pods/*/requests', want: 'the server could not find the metric requests for pods' },
    { path: '/pods/a/requests', want: 'the server could not find the metric requests for pods a' },
    { path: '/teapots/a/requests', want: 'the server could not find the requested resource' },
    { path: '/pods', want: 'the server could not find the requested resource' },
  ])('METRICS-7: $path is not found', async ({ path, want }) => {
    const response = await call(freshCluster(), 'GET', `${CUSTOM}${path}`);
    expect(await statusOf(response)).toMatchObject({ code: 404, message: want });
  });

  it.each([
    {
      what: 'no value',
      items: [ofPod('a', '1'), { describedObject: { name: 'b' } }],
      want: 'items[1].value: Required value',
    },
    { what: 'no number', items: [ofPod('a', 'many')], want: 'items[0].value: Invalid value' },
    {
      what: 'no name',
      items: [{ value: '1' }],
      want: 'items[0].describedObject.name: Required value',
    },
    {
      what: 'another metric',
      items: [ofPod('a', '1', { metricName: 'x' })],
      want: 'must be requests',
    },
    {
      what: 'a time to come',
      items: [ofPod('a', '1', { timestamp: '2100-01-01T00:00:00Z' })],
      want: 'must not be in the future',
    },
    {
      what: 'no time',
      items: [ofPod('a', '1', { timestamp: 'noon' })],
      want: 'must be a time in RFC 3339',
    },
    {
      what: 'too much',
      items: Array.from({ length: 1001 }, (_, i) => ofPod(`p${i}`, '1')),
      want: 'items: Too many: 1001: must have at most 1000 items',
    },
  ])('METRICS-8: $what is refused', async ({ items, want }) => {
    const response = await put(freshCluster(), `${CUSTOM}/pods/*/requests`, items);
    const { code, message } = await statusOf(response);
    expect(code).toBe(422);
    expect(message).toContain(want);
  });

  it('METRICS-9: count for five minutes', async () => {
    const cluster = freshCluster();
    const timestamp = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const all = `${CUSTOM}/pods/*/requests`;
    await put(cluster, all, [
      ofPod('a', '1', { timestamp: timestamp(6) }),
      ofPod('b', '2', { timestamp: timestamp(4) }),
    ]);
    expect(await valuesAt(cluster, all)).toEqual(['2']);
  });

  it('METRICS-8: a namespace has a bounded number of metrics', async () => {
    const cluster = freshCluster();
    for (let i = 0; i < 200; i++) await put(cluster, `${EXTERNAL}/m${i}`, [{ value: '1' }]);
    const refused = await put(cluster, `${EXTERNAL}/more`, [{ value: '1' }]);
    expect((await statusOf(refused)).code).toBe(403);
    await put(cluster, `${EXTERNAL}/m0`, []);
    expect((await put(cluster, `${EXTERNAL}/more`, [{ value: '1' }])).status).toBe(200);
  });

  it('METRICS-10: are for those who may read or write them', async () => {
    const cluster = freshCluster();
    const token = await mintToken({ groups: ['people'] });
    const path = `${CUSTOM}/pods/a/requests`;
    const refused = await statusOf(await put(cluster, path, [{ value: '1' }], token));
    expect(refused).toMatchObject({
      code: 403,
      message: expect.stringContaining('cannot update resource "pods/requests"') as string,
    });
    expect((await call(cluster, 'GET', path, { token })).status).toBe(403);
    const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    await createAt(cluster, `${role}/roles`, {
      metadata: { name: 'pusher' },
      rules: [
        { verbs: ['update'], apiGroups: ['custom.metrics.k8s.io'], resources: ['pods/requests'] },
      ],
    });
    await createAt(cluster, `${role}/rolebindings`, {
      metadata: { name: 'pusher' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pusher' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'people' }],
    });
    expect((await put(cluster, path, [{ value: '1' }], token)).status).toBe(200);
    expect((await call(cluster, 'DELETE', path)).status).toBe(405);
  });
});

describe('external metrics', () => {
  it('METRICS-6: are what clients have said, selected by their labels', async () => {
    const cluster = freshCluster();
    expect(await itemsOf(cluster, `${EXTERNAL}/queue`)).toEqual([]);
    await put(cluster, `${EXTERNAL}/queue`, [
      { metricName: 'queue', metricLabels: { topic: 'mail' }, value: '5', window: 60 },
      { metricLabels: { topic: 'spam' }, value: '9' },
    ]);
    expect(await itemsOf(cluster, `${EXTERNAL}/queue?labelSelector=topic%3Dmail`)).toEqual([
      {
        metricName: 'queue',
        metricLabels: { topic: 'mail' },
        timestamp: expect.stringMatching(/Z$/) as string,
        window: 60,
        value: '5',
      },
    ]);
  });

  it('METRICS-11: their groups are in discovery', async () => {
    const cluster = freshCluster();
    const groups = await (
      await call(cluster, 'GET', '/apis')
    ).json<{ groups: { name: string }[] }>();
    const names = groups.groups.map(({ name }) => name);
    for (const name of ['custom', 'external']) {
      expect(names).toContain(`${name}.metrics.k8s.io`);
    }
    const list = await call(cluster, 'GET', '/apis/external.metrics.k8s.io/v1beta1');
    expect(await list.json()).toMatchObject({ kind: 'APIResourceList', resources: [] });
  });
});
