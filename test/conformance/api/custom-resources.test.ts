import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list } from '../../workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widget,
  widgetDefinition,
} from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

const GROUP = 'shop.example.com';
const NAME = `widgets.${GROUP}`;
const DEFINITION = `${DEFINITIONS_PATH}/${NAME}`;
const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;

const specSchema = (properties: object) => ({
  schema: {
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
  },
});

async function clusterWith(version: object = {}): Promise<string> {
  const cluster = freshCluster();
  await createAt(cluster, DEFINITIONS_PATH, widgetDefinition(GROUP, {}, version));
  await established(cluster, NAME);
  return cluster;
}

it('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works [Conformance]', async () => {
  const cluster = await clusterWith();
  const watch = await APIWatch.open(cluster, `${DEFINITIONS_PATH}?watch=1`);
  await call(cluster, 'DELETE', DEFINITION);
  for (let frame = await watch.next(); frame?.type !== 'DELETED'; frame = await watch.next()) {
    expect(frame).not.toBeNull();
  }
  await watch.close();
  expect((await call(cluster, 'GET', DEFINITION)).status).toBe(404);
});

it('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works [Conformance]', async () => {
  const cluster = freshCluster();
  for (let i = 0; i < 10; i++) {
    const definition = widgetDefinition(`g${i}.example.com`);
    const metadata = { ...definition.metadata, labels: { set: 'yes' } };
    await createAt(cluster, DEFINITIONS_PATH, { ...definition, metadata });
    await established(cluster, definition.metadata.name);
  }
  await createAt(cluster, DEFINITIONS_PATH, widgetDefinition(GROUP));
  const selected = `${DEFINITIONS_PATH}?labelSelector=set%3Dyes`;
  const before = await list(cluster, selected);
  expect(before.items).toHaveLength(10);
  const watch = await APIWatch.open(
    cluster,
    `${selected}&watch=1&resourceVersion=${before.metadata.resourceVersion}`,
  );
  await call(cluster, 'DELETE', selected);
  let gone = 0;
  while (gone < 10) if ((await watch.next())?.type === 'DELETED') gone += 1;
  await watch.close();
  expect((await list(cluster, DEFINITIONS_PATH)).items.map((o) => o.metadata.name)).toEqual([NAME]);
});

it('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works [Conformance]', async () => {
  interface Definition extends KubernetesObject {
    status: { conditions: { type: string; message?: string }[] };
  }
  const cluster = await clusterWith();
  const whole = await get<Definition>(cluster, `${DEFINITION}/status`);
  expect(whole.metadata.name).toBe(NAME);
  const condition = (message: string) => ({
    type: 'StatusUpdate',
    status: 'True',
    reason: 'E2E',
    message,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const conditions = [...whole.status.conditions, condition('updated')];
  const updated = (await put(cluster, `${DEFINITION}/status`, {
    ...whole,
    status: { ...whole.status, conditions },
  })) as Definition;
  expect(updated.status.conditions).toContainEqual(condition('updated'));
  const patched = (await merge(cluster, `${DEFINITION}/status`, {
    status: { conditions: [condition('patched')] },
  })) as Definition;
  expect(patched.status.conditions).toContainEqual(condition('patched'));
});

it('[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects [Conformance]', async () => {
  const cluster = await clusterWith();
  const watch = await APIWatch.open(cluster, `/apis/${GROUP}/v1/widgets?watch=1`);
  await createAt(cluster, WIDGETS, widget(GROUP, 'a'));
  await merge(cluster, `${WIDGETS}/a`, { metadata: { labels: { a: 'b' } } });
  await createAt(cluster, WIDGETS, widget(GROUP, 'b'));
  for (const name of ['a', 'b']) await call(cluster, 'DELETE', `${WIDGETS}/${name}`);
  const frames = await watch.take(5);
  expect(frames.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED a',
    'MODIFIED a',
    'ADDED b',
    'DELETED a',
    'DELETED b',
  ]);
  await watch.close();
});

it('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works [Conformance]', async () => {
  const text = { type: 'string' };
  const cluster = await clusterWith(specSchema({ a: text, b: text }));
  const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties';
  const patchSchema = (patch: object[]) =>
    call(cluster, 'PATCH', DEFINITION, {
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: patch,
    });
  const sample = (name: string) => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec: {},
  });
  await createAt(cluster, WIDGETS, sample('early'));
  expect(await get(cluster, `${WIDGETS}/early`)).toMatchObject({ spec: {} });

  await patchSchema([{ op: 'add', path: `${path}/a/default`, value: 'A' }]);
  const watch = await APIWatch.open(cluster, `${DEFINITIONS_PATH}?watch=1`);
  await watch.next();
  await watch.close();
  // What was stored before has the default when it is read, in lists and watches, too.
  await fresh(cluster);
  expect(await get(cluster, `${WIDGETS}/early`)).toMatchObject({ spec: { a: 'A' } });
  expect((await list(cluster, WIDGETS)).items).toMatchObject([{ spec: { a: 'A' } }]);
  const late = await createAt<KubernetesObject>(cluster, WIDGETS, sample('late'));
  expect(late).toMatchObject({ spec: { a: 'A' } });

  await patchSchema([
    { op: 'remove', path: `${path}/a/default` },
    { op: 'add', path: `${path}/b/default`, value: 'B' },
  ]);
  await fresh(cluster);
  // What was written with a default keeps it; what was not, does not.
  expect(await get(cluster, `${WIDGETS}/late`)).toMatchObject({ spec: { a: 'A', b: 'B' } });
  const early = await get(cluster, `${WIDGETS}/early`);
  expect(early['spec']).toEqual({ b: 'B' });
});

/** Definitions that were read before may serve half a second more; discovery always reads anew. */
async function fresh(cluster: string): Promise<void> {
  await get(cluster, `/apis/${GROUP}/v1`);
}

it('[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector [Conformance]', async () => {
  const cluster = await clusterWith({
    ...specSchema({ color: { type: 'string' }, size: { type: 'string' } }),
    selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }],
  });
  const sample = (name: string, color: string, size: string) => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec: { color, size },
  });
  const selector = (text: string) => `${WIDGETS}?fieldSelector=${encodeURIComponent(text)}`;
  const watch = await APIWatch.open(cluster, `${selector('spec.color=blue')}&watch=1`);
  await createAt(cluster, WIDGETS, sample('a', 'blue', 'S'));
  await createAt(cluster, WIDGETS, sample('b', 'blue', 'M'));
  await createAt(cluster, WIDGETS, sample('c', 'green', 'M'));
  const names = async (text: string) =>
    (await list(cluster, selector(text))).items.map((o) => o.metadata.name);
  expect(await names('spec.color=blue')).toEqual(['a', 'b']);
  expect(await names('spec.color=green')).toEqual(['c']);
  expect(await names('spec.color=blue,spec.size=M')).toEqual(['b']);
  await merge(cluster, `${WIDGETS}/a`, { spec: { color: 'green' } });
  const frames = await watch.take(3);
  expect(frames.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED a',
    'ADDED b',
    'DELETED a',
  ]);
  await watch.close();
});
