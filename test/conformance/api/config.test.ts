import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { configMap, createNamespace, freshCluster } from '../../workerd/stores.ts';
import { get, merge, put, runLifecycle } from './lifecycle.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const secret = (name: string, fields: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels: { testsecret: 'true' } },
  data: { key: btoa('value') },
  ...fields,
});

const refused = async (response: Promise<Response>) => {
  const { code, message = '' } = await statusOf(await response);
  return { code, message };
};

it('[sig-node] ConfigMap should fail to create ConfigMap with empty key [Conformance]', async () => {
  const body = configMap('empty', { '': 'value' });
  expect(await refused(call(freshCluster(), 'POST', MAPS, { body }))).toMatchObject({ code: 422 });
});

it('[sig-node] ConfigMap should update ConfigMap successfully [Conformance] [NodeConformance]', async () => {
  const cluster = freshCluster();
  const made = await createAt<KubernetesObject>(cluster, MAPS, configMap('a', { data: '1' }));
  await put(cluster, `${MAPS}/a`, { ...made, data: { data: '2' } });
  expect(await get(cluster, `${MAPS}/a`)).toMatchObject({ data: { data: '2' } });
});

it('[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]', async () => {
  const cluster = freshCluster();
  await createNamespace(cluster, 'other');
  await createAt(cluster, MAPS, configMap('a', { a: '1' }, { 'test-configmap-static': 'true' }));
  const patched = await merge(cluster, `${MAPS}/a`, {
    metadata: { labels: { 'test-configmap': 'patched' } },
    data: { valueName: 'value1' },
  });
  expect(patched).toMatchObject({ data: { a: '1', valueName: 'value1' } });
  const found = await list(
    cluster,
    '/api/v1/configmaps?labelSelector=test-configmap-static%3Dtrue',
  );
  expect(found.items).toMatchObject([
    { metadata: { name: 'a', labels: { 'test-configmap': 'patched' } } },
  ]);
  const watch = await APIWatch.open(
    cluster,
    `${MAPS}?watch=1&resourceVersion=${found.metadata.resourceVersion}`,
  );
  await call(cluster, 'DELETE', `${MAPS}?labelSelector=test-configmap-static%3Dtrue`);
  expect(await watch.next()).toMatchObject({
    type: 'DELETED',
    object: { metadata: { name: 'a' } },
  });
  await watch.close();
});

it.each([
  [
    '[sig-storage] ConfigMap should be immutable if `immutable` field is set [Conformance]',
    MAPS,
    configMap('a', { a: '1' }),
    { a: '2' },
  ],
  [
    '[sig-storage] Secrets should be immutable if `immutable` field is set [Conformance]',
    SECRETS,
    secret('a'),
    { key: btoa('other') },
  ],
])('%s', async (_row, path, sample, data) => {
  const cluster = freshCluster();
  const made = await createAt<KubernetesObject>(cluster, path, sample);
  const changed = await put(cluster, `${path}/a`, { ...made, data });
  const fixed = await put(cluster, `${path}/a`, { ...changed, immutable: true });
  const attempt = (body: object) => refused(call(cluster, 'PUT', `${path}/a`, { body }));
  expect(await attempt({ ...fixed, data: {} })).toMatchObject({
    code: 422,
    message: expect.stringContaining('field is immutable when `immutable` is set') as unknown,
  });
  expect(await attempt({ ...fixed, immutable: false })).toMatchObject({ code: 422 });
  const relabelled = { ...fixed, metadata: { ...fixed.metadata, labels: { a: 'b' } } };
  expect(await put(cluster, `${path}/a`, relabelled)).toMatchObject({ data });
  expect((await call(cluster, 'DELETE', `${path}/a`)).status).toBe(200);
});

it('[sig-node] Secrets should fail to create secret due to empty secret key [Conformance]', async () => {
  const body = secret('empty', { data: { '': btoa('value') } });
  expect(await refused(call(freshCluster(), 'POST', SECRETS, { body }))).toMatchObject({
    code: 422,
  });
});

it('[sig-node] Secrets should patch a secret [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, SECRETS, secret('a'));
  await call(cluster, 'PATCH', `${SECRETS}/a`, {
    headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
    body: { metadata: { labels: { testsecret: 'false' } }, data: { key: btoa('value1') } },
  });
  const found = await list(cluster, '/api/v1/secrets?labelSelector=testsecret%3Dfalse');
  expect(found.items).toMatchObject([{ data: { key: btoa('value1') } }]);
  await call(cluster, 'DELETE', `${SECRETS}?labelSelector=testsecret%3Dfalse`);
  expect((await list(cluster, '/api/v1/secrets?labelSelector=testsecret%3Dfalse')).items).toEqual(
    [],
  );
});

const podTemplate = () => ({
  template: {
    metadata: { labels: { pod: 'nginx' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  },
});
const PODTEMPLATES = {
  group: '',
  version: 'v1',
  resource: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
  sample: podTemplate,
};

it('[sig-node] PodTemplates should run the lifecycle of PodTemplates [Conformance]', async () => {
  await runLifecycle(freshCluster(), PODTEMPLATES);
});

it('[sig-node] PodTemplates should delete a collection of pod templates [Conformance]', async () => {
  const cluster = freshCluster();
  const path = '/api/v1/namespaces/default/podtemplates';
  for (const name of ['a', 'b', 'c']) {
    await createAt(cluster, path, { ...podTemplate(), metadata: { name, labels: { set: 'yes' } } });
  }
  await createAt(cluster, path, { ...podTemplate(), metadata: { name: 'other' } });
  await call(cluster, 'DELETE', `${path}?labelSelector=set%3Dyes`);
  expect((await list(cluster, path)).items.map((o) => o.metadata.name)).toEqual(['other']);
});

it('[sig-node] PodTemplates should replace a pod template [Conformance]', async () => {
  const cluster = freshCluster();
  const path = '/api/v1/namespaces/default/podtemplates';
  const made = await createAt<KubernetesObject>(cluster, path, {
    ...podTemplate(),
    metadata: { name: 'a' },
  });
  const next = { ...made, metadata: { ...made.metadata, annotations: { updated: 'true' } } };
  expect((await put(cluster, `${path}/a`, next)).metadata.annotations).toEqual({ updated: 'true' });
});

it('[sig-node] Node Lifecycle should run through the lifecycle of a node [Conformance]', async () => {
  await runLifecycle(freshCluster(), {
    group: '',
    version: 'v1',
    resource: 'nodes',
    kind: 'Node',
    namespaced: false,
    // A node that is known already is not welcomed by a write of the controller's.
    sample: () => ({
      metadata: { annotations: { 'node.alpha.kubernetes.io/ttl': '0' } },
    }),
  });
});

it('[sig-network] Endpoints should test the lifecycle of an Endpoint [Conformance]', async () => {
  await runLifecycle(freshCluster(), {
    group: '',
    version: 'v1',
    resource: 'endpoints',
    kind: 'Endpoints',
    namespaced: true,
    sample: () => ({
      subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80 }] }],
    }),
    change(object) {
      object['subsets'] = [
        { addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http', port: 80 }] },
      ];
    },
  });
});

it('[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]', async () => {
  await runLifecycle(freshCluster(), {
    group: '',
    version: 'v1',
    resource: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
    sample: () => ({}),
    change(object) {
      object['automountServiceAccountToken'] = false;
    },
  });
});

it('[sig-auth] ServiceAccounts should update a ServiceAccount [Conformance]', async () => {
  const cluster = freshCluster();
  const path = '/api/v1/namespaces/default/serviceaccounts';
  const made = await createAt<KubernetesObject>(cluster, path, {
    metadata: { name: 'a' },
    automountServiceAccountToken: false,
  });
  await put(cluster, `${path}/a`, { ...made, automountServiceAccountToken: true });
  expect(await get(cluster, `${path}/a`)).toMatchObject({ automountServiceAccountToken: true });
});

it('[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota. [Conformance]', async () => {
  const cluster = freshCluster();
  const path = '/api/v1/namespaces/default/resourcequotas';
  const hard = { cpu: '1', memory: '500Mi' };
  const made = await createAt<KubernetesObject>(cluster, path, {
    metadata: { name: 'q' },
    spec: { hard },
  });
  expect(made).toMatchObject({ spec: { hard } });
  const next = { cpu: '2', memory: '1Gi' };
  // Whatever its version: the controller writes its status.
  const metadata = { ...made.metadata, resourceVersion: '' };
  await put(cluster, `${path}/q`, { ...made, metadata, spec: { hard: next } });
  expect(await get(cluster, `${path}/q`)).toMatchObject({ spec: { hard: next } });
  await call(cluster, 'DELETE', `${path}/q`);
  expect((await call(cluster, 'GET', `${path}/q`)).status).toBe(404);
});

it('[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota [Conformance]', async () => {
  const cluster = freshCluster();
  const path = '/api/v1/namespaces/default/resourcequotas';
  await createAt(cluster, path, {
    metadata: { name: 'q', labels: { own: 'q' } },
    spec: { hard: { pods: '5' } },
  });
  const everywhere = '/api/v1/resourcequotas?labelSelector=own%3Dq';
  expect((await list(cluster, everywhere)).items).toHaveLength(1);
  await merge(cluster, `${path}/q`, {
    metadata: { labels: { q: 'patched' } },
    spec: { hard: { memory: '750Mi' } },
  });
  expect(await get(cluster, `${path}/q`)).toMatchObject({
    metadata: { labels: { q: 'patched' } },
    spec: { hard: { pods: '5', memory: '750Mi' } },
  });
  await call(cluster, 'DELETE', `${path}?labelSelector=own%3Dq`);
  expect((await list(cluster, everywhere)).items).toEqual([]);
});

it('[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection [Conformance]', async () => {
  const cluster = freshCluster();
  await createNamespace(cluster, 'other');
  const range = {
    metadata: { name: 'r', labels: { own: 'r' } },
    spec: {
      limits: [
        { type: 'Container', min: { cpu: '50m' }, max: { cpu: '500m' }, default: { cpu: '100m' } },
      ],
    },
  };
  const path = (namespace: string) => `/api/v1/namespaces/${namespace}/limitranges`;
  for (const namespace of ['default', 'other']) await createAt(cluster, path(namespace), range);
  const everywhere = '/api/v1/limitranges?labelSelector=own%3Dr';
  expect((await list(cluster, everywhere)).items).toHaveLength(2);
  const patched = await merge(cluster, `${path('default')}/r`, {
    metadata: { labels: { r: 'patched' } },
  });
  expect(patched.metadata.labels).toEqual({ own: 'r', r: 'patched' });
  await call(cluster, 'DELETE', `${path('default')}?labelSelector=r%3Dpatched`);
  expect((await list(cluster, everywhere)).items.map((o) => o.metadata.namespace)).toEqual([
    'other',
  ]);
});

it('[sig-scheduling] SchedulerPreemption PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  const path = '/apis/scheduling.k8s.io/v1/priorityclasses';
  for (const [name, value] of [
    ['p1', 1],
    ['p2', 2],
  ] as const) {
    await createAt(cluster, path, { metadata: { name }, value });
  }
  const patched = await merge(cluster, `${path}/p1`, { description: 'patched' });
  expect(patched).toMatchObject({ description: 'patched', value: 1 });
  const p2 = await get(cluster, `${path}/p2`);
  expect(await put(cluster, `${path}/p2`, { ...p2, description: 'updated' })).toMatchObject({
    description: 'updated',
  });
  const attempt = call(cluster, 'PATCH', `${path}/p1`, {
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: { value: 20 },
  });
  expect(await refused(attempt)).toMatchObject({ code: 422 });
  const names = (await list(cluster, path)).items.map((o) => o.metadata.name);
  expect(names).toEqual(expect.arrayContaining(['p1', 'p2']));
});

it('[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets [Conformance]', async () => {
  const cluster = freshCluster();
  await createNamespace(cluster, 'other');
  const path = (namespace: string) =>
    `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  const budget = (name: string) => ({
    metadata: { name, labels: { set: 'yes' } },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
  });
  for (const name of ['a', 'b']) await createAt(cluster, path('default'), budget(name));
  await createAt(cluster, path('other'), budget('c'));
  const everywhere = '/apis/policy/v1/poddisruptionbudgets?labelSelector=set%3Dyes';
  expect((await list(cluster, everywhere)).items).toHaveLength(3);
  await call(cluster, 'DELETE', `${path('default')}?labelSelector=set%3Dyes`);
  expect((await list(cluster, everywhere)).items.map((o) => o.metadata.name)).toEqual(['c']);
});
