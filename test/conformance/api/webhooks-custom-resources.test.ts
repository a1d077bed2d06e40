import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, statusOf } from '../../workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widget,
  widgetDefinition,
} from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { mutateBy, validateBy, webhookOf, webhookURL } from '../../workerd/webhooks.ts';
import { get, merge, put } from './lifecycle.ts';

const GROUP = 'shop.example.com';
const NAME = `widgets.${GROUP}`;
const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;
const RULE = `${GROUP}/*/widgets`;
const text = { type: 'string' };
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const schemaOf = (data: object) => ({
  schema: { openAPIV3Schema: { type: 'object', properties: { data } } },
});
const OPEN_SCHEMA = schemaOf(OPEN);

async function clusterWith(spec: object, version: object = {}): Promise<string> {
  const cluster = freshCluster();
  await createAt(cluster, DEFINITIONS_PATH, widgetDefinition(GROUP, spec, version));
  await established(cluster, NAME);
  return cluster;
}

const sample = (name: string, data: object = {}) => ({
  ...widget(GROUP, name),
  spec: undefined,
  data,
});
const stage = (name: string, after: string, ...operations: string[]) =>
  webhookOf(webhookURL('add-data', name, 'yes', after), [`${operations.join(',')} ${RULE}`], {
    name: `${name}.example.com`,
  });

describe('AdmissionWebhook, of custom resources', () => {
  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource creation, update and deletion [Conformance]', async () => {
    const cluster = await clusterWith({}, OPEN_SCHEMA);
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('deny-text', 'disallow'), [`CREATE,UPDATE,DELETE ${RULE}`]),
    );
    const message =
      'admission webhook "webhook.example.com" denied the request: it contains disallow';
    const bad = sample('a', { key: 'disallow' });
    expect(await statusOf(await call(cluster, 'POST', WIDGETS, { body: bad }))).toMatchObject({
      code: 400,
      message,
    });
    const good = await createAt<KubernetesObject>(cluster, WIDGETS, sample('a'));
    await expect(
      put(cluster, `${WIDGETS}/a`, { ...good, data: { key: 'disallow' } }),
    ).rejects.toThrow('denied the request: it contains disallow');
    await createAt(cluster, WIDGETS, sample('kept'));
    await expect(merge(cluster, `${WIDGETS}/kept`, { data: { key: 'disallow' } })).rejects.toThrow(
      'denied the request: it contains disallow',
    );
    // What was there before the webhook is what a deletion shows it.
    const other = await clusterWith({}, OPEN_SCHEMA);
    await createAt(other, WIDGETS, bad);
    await validateBy(
      other,
      'a',
      webhookOf(webhookURL('deny-text', 'disallow'), [`DELETE ${RULE}`]),
    );
    expect(await statusOf(await call(other, 'DELETE', `${WIDGETS}/a`))).toMatchObject({
      code: 400,
      message,
    });
    await merge(other, `${WIDGETS}/a`, { data: { key: 'fine' } });
    expect((await call(other, 'DELETE', `${WIDGETS}/a`)).status).toBe(200);
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource [Conformance]', async () => {
    const cluster = await clusterWith({}, OPEN_SCHEMA);
    await mutateBy(
      cluster,
      'a',
      stage('stage-1', 'start', 'CREATE'),
      stage('stage-2', 'stage-1', 'CREATE'),
    );
    const made = await createAt<KubernetesObject>(cluster, WIDGETS, sample('a', { start: 'yes' }));
    expect(made['data']).toEqual({ start: 'yes', 'stage-1': 'yes', 'stage-2': 'yes' });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with pruning [Conformance]', async () => {
    const declared = { type: 'object', properties: { start: text, 'stage-1': text } };
    const cluster = await clusterWith({}, schemaOf(declared));
    await mutateBy(
      cluster,
      'a',
      stage('stage-1', 'start', 'CREATE'),
      stage('stage-2', 'stage-1', 'CREATE'),
    );
    const made = await createAt<KubernetesObject>(cluster, WIDGETS, sample('a', { start: 'yes' }));
    expect(made['data']).toEqual({ start: 'yes', 'stage-1': 'yes' });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with different stored version [Conformance]', async () => {
    const version = (name: string, storage: boolean) => ({
      name,
      served: true,
      storage,
      ...OPEN_SCHEMA,
    });
    const cluster = await clusterWith({ versions: [version('v1', true), version('v2', false)] });
    await mutateBy(cluster, 'a', stage('stage-1', 'start', 'CREATE', 'UPDATE'));
    const made = await createAt<KubernetesObject>(cluster, WIDGETS, sample('a'));
    expect(made.apiVersion).toBe(`${GROUP}/v1`);
    const flipped = [version('v1', false), version('v2', true)];
    await merge(cluster, `${DEFINITIONS_PATH}/${NAME}`, { spec: { versions: flipped } });
    // Discovery reads definitions anew; other requests may serve half a second by what was read.
    await get(cluster, `/apis/${GROUP}/v2`);
    const patched = await merge(cluster, `${WIDGETS}/a`, { data: { start: 'yes' } });
    expect(patched).toMatchObject({
      apiVersion: `${GROUP}/v1`,
      data: { start: 'yes', 'stage-1': 'yes' },
    });
  });
});
