import { describe, expect, it } from 'vitest';
import type { KubernetesObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { call, statusOf } from '../../test/workerd/api.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

const APPLY = 'application/apply-patch+yaml';
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

type Body = Readonly<Record<string, unknown>>;

function apply(cluster: string, path: string, manager: string, body: unknown, more = '') {
  return call(cluster, 'PATCH', `${path}?fieldManager=${manager}${more}`, {
    body,
    headers: { 'Content-Type': APPLY },
  });
}

/** Calls with a User-Agent, as clients that name no field manager do. */
async function sent(
  cluster: string,
  method: string,
  path: string,
  body: unknown,
  { agent = 'tester/1.0 (test)', type = 'application/json' } = {},
): Promise<KubernetesObject> {
  const headers = { 'User-Agent': agent, 'Content-Type': type };
  const response = await call(cluster, method, path, { body, headers });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

const configMap = (data: Body, metadata: Body = {}): Body => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

const deployment = (spec: Body): Body => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx' }] },
    },
    ...spec,
  },
});

const entryOf = (
  object: KubernetesObject,
  manager: string,
  subresource?: string,
): ManagedFieldsEntry | undefined =>
  object.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.subresource === subresource,
  );

describe('managedFields', () => {
  it('FIELDS-1: name who created and updated, by field manager or User-Agent', async () => {
    const cluster = freshCluster();
    const agent = 'kubectl/v1.36.0 (linux/amd64)';
    const made = await sent(cluster, 'POST', MAPS, configMap({ x: '1' }), { agent });
    expect(made.metadata.managedFields).toMatchObject([
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { '.': {}, 'f:x': {} } },
      },
    ]);
    const next = { ...made, data: { x: '2', y: '1' } };
    const updated = await sent(cluster, 'PUT', `${MAPS}/a?fieldManager=other`, next);
    expect(entryOf(updated, 'other')?.fieldsV1).toEqual({ 'f:data': { 'f:x': {}, 'f:y': {} } });
    expect(entryOf(updated, 'kubectl')?.fieldsV1).toEqual({ 'f:data': {} });
  });

  it.each([
    ['application/merge-patch+json', { data: { y: '1' } }],
    ['application/strategic-merge-patch+json', { data: { y: '1' } }],
    ['application/json-patch+json', [{ op: 'add', path: '/data/y', value: '1' }]],
  ])('FIELDS-1: track a patch of type %s', async (type, patch) => {
    const cluster = freshCluster();
    await sent(cluster, 'POST', MAPS, configMap({ x: '1' }));
    const object = await sent(cluster, 'PATCH', `${MAPS}/a`, patch, { type, agent: 'patcher' });
    expect(entryOf(object, 'patcher')?.fieldsV1).toEqual({ 'f:data': { 'f:y': {} } });
  });

  it('FIELDS-2: are taken from the server where a client sends none, and emptied by []', async () => {
    const cluster = freshCluster();
    const made = await sent(cluster, 'POST', MAPS, configMap({ x: '1' }));
    const { managedFields, ...metadata } = made.metadata;
    const kept = await sent(cluster, 'PUT', `${MAPS}/a`, { ...made, metadata });
    expect(kept.metadata.managedFields).toEqual(managedFields);
    expect(kept.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    const emptied = await sent(cluster, 'PUT', `${MAPS}/a`, {
      ...made,
      metadata: { ...metadata, managedFields: [] },
    });
    expect(emptied.metadata.managedFields).toBeUndefined();
    const conflict = await statusOf(await apply(cluster, `${MAPS}/a`, 'm', configMap({ x: '2' })));
    expect(conflict.message).toContain('conflict with "before-first-apply" using v1: .data.x');
  });

  it('FIELDS-3: do not name the writer of a field that the endpoint sets back', async () => {
    const cluster = freshCluster();
    const body = { ...deployment({ replicas: 1 }), status: { replicas: 7 } };
    const made = await sent(cluster, 'POST', DEPLOYMENTS, body);
    expect(entryOf(made, 'tester')?.fieldsV1).not.toHaveProperty('f:status');
    const status = { spec: { replicas: 9 }, status: { observedGeneration: 7 } };
    const type = 'application/merge-patch+json';
    const patched = await sent(cluster, 'PATCH', `${DEPLOYMENTS}/web/status`, status, {
      type,
      agent: 'ctl',
    });
    expect(entryOf(patched, 'ctl', 'status')?.fieldsV1).toEqual({
      'f:status': { 'f:observedGeneration': {} },
    });
  });

  it('FIELDS-6: are left out of an object that is too large with them', async () => {
    const cluster = freshCluster();
    // Every key is in the object twice when it has an owner, and fits once.
    const names = Array.from({ length: 60_000 }, (_, i) => `key-${i}`);
    const body = configMap(Object.fromEntries(names.map((name) => [name, ''])));
    const made = await sent(cluster, 'POST', MAPS, body);
    expect(made.metadata.managedFields).toBeUndefined();
  });

  it('FIELDS-4: name controllers as owners of the status that they write', async () => {
    const cluster = freshCluster();
    const made = await sent(cluster, 'POST', DEPLOYMENTS, deployment({ replicas: 0 }));
    const watch = await call(
      cluster,
      'GET',
      `${DEPLOYMENTS}?watch=1&resourceVersion=${made.metadata.resourceVersion}&timeoutSeconds=30`,
    );
    const reader = watch.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('kube-controller-manager')) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the watch ended');
      text += value;
    }
    await reader.cancel();
    expect(text).toContain('"subresource":"status"');
  });

  it('FIELDS-5: are owned through a scale by who scales', async () => {
    const cluster = freshCluster();
    await sent(cluster, 'POST', DEPLOYMENTS, deployment({ replicas: 1 }));
    await sent(
      cluster,
      'PATCH',
      `${DEPLOYMENTS}/web/scale`,
      { spec: { replicas: 2 } },
      { type: 'application/merge-patch+json', agent: 'kubectl' },
    );
    const response = await call(cluster, 'GET', `${DEPLOYMENTS}/web`);
    const object: KubernetesObject = await response.json();
    expect(entryOf(object, 'kubectl', 'scale')).toEqual({
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      subresource: 'scale',
    });
    expect(entryOf(object, 'tester')?.fieldsV1).not.toMatchObject({
      'f:spec': { 'f:replicas': {} },
    });
  });
});
