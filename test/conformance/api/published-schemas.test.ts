import { expect, it } from 'vitest';
import { call } from '../../workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widgetDefinition,
} from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get } from './lifecycle.ts';

interface Swagger {
  readonly definitions: Record<string, { 'x-kubernetes-group-version-kind'?: unknown[] }>;
}

const schema = (description: string) => ({
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description,
      properties: { spec: { type: 'object', properties: { bars: { type: 'string' } } } },
    },
  },
});
const version = (name: string, storage: boolean, fields: object = {}) => ({
  name,
  served: true,
  storage,
  ...schema(`of ${name}`),
  ...fields,
});

async function clusterWith(...definitions: { metadata: { name: string } }[]): Promise<string> {
  const cluster = freshCluster();
  for (const definition of definitions) {
    await createAt(cluster, DEFINITIONS_PATH, definition);
    await established(cluster, definition.metadata.name);
  }
  return cluster;
}

/** The kinds that both OpenAPI documents know of a group, as `version/kind`. */
async function published(cluster: string, group: string): Promise<string[]> {
  const isOwn = (gvk: unknown): gvk is { version: string; kind: string } =>
    (gvk as { group: string }).group === group;
  const kindsOf = (schemas: Swagger['definitions']) =>
    Object.values(schemas)
      .flatMap((s) => s['x-kubernetes-group-version-kind'] ?? [])
      .filter(isOwn)
      .map(({ version: v, kind }) => `${v}/${kind}`)
      .filter((name) => !name.endsWith('List'));
  const v2 = kindsOf((await get<Swagger>(cluster, '/openapi/v2')).definitions);
  const { paths } = await get<{ paths: Record<string, unknown> }>(cluster, '/openapi/v3');
  const v3: string[] = [];
  for (const path of Object.keys(paths).filter((p) => p.startsWith(`apis/${group}/`))) {
    const document = await get<{ components: { schemas: Swagger['definitions'] } }>(
      cluster,
      `/openapi/v3/${path}`,
    );
    v3.push(...kindsOf(document.components.schemas));
  }
  const sorted = (names: string[]) => [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
  expect(sorted(v2)).toEqual(sorted(v3));
  return sorted(v2);
}

const patchVersions = (cluster: string, name: string, patch: object[]) =>
  call(cluster, 'PATCH', `${DEFINITIONS_PATH}/${name}`, {
    headers: { 'Content-Type': 'application/json-patch+json' },
    body: patch,
  });

it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups [Conformance]', async () => {
  const cluster = await clusterWith(
    widgetDefinition('one.example.com', {}, schema('one')),
    widgetDefinition('two.example.com', {}, schema('two')),
  );
  expect(await published(cluster, 'one.example.com')).toEqual(['v1/Widget']);
  expect(await published(cluster, 'two.example.com')).toEqual(['v1/Widget']);
});

it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds [Conformance]', async () => {
  const gadgets = widgetDefinition(
    'one.example.com',
    { names: { plural: 'gadgets', kind: 'Gadget' } },
    schema('gadget'),
  );
  gadgets.metadata.name = 'gadgets.one.example.com';
  const cluster = await clusterWith(
    widgetDefinition('one.example.com', {}, schema('one')),
    gadgets,
  );
  expect(await published(cluster, 'one.example.com')).toEqual(['v1/Gadget', 'v1/Widget']);
});

it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions [Conformance]', async () => {
  const versions = [version('v2', true), version('v3', false)];
  const cluster = await clusterWith(widgetDefinition('one.example.com', { versions }));
  expect(await published(cluster, 'one.example.com')).toEqual(['v2/Widget', 'v3/Widget']);
});

it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed [Conformance]', async () => {
  const versions = [version('v2', true), version('v3', false)];
  const cluster = await clusterWith(widgetDefinition('one.example.com', { versions }));
  await patchVersions(cluster, 'widgets.one.example.com', [
    { op: 'test', path: '/spec/versions/1/name', value: 'v3' },
    { op: 'replace', path: '/spec/versions/1/name', value: 'v4' },
  ]);
  expect(await published(cluster, 'one.example.com')).toEqual(['v2/Widget', 'v4/Widget']);
});

it('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served [Conformance]', async () => {
  const versions = [version('v5', true), version('v6alpha1', false)];
  const cluster = await clusterWith(widgetDefinition('one.example.com', { versions }));
  await patchVersions(cluster, 'widgets.one.example.com', [
    { op: 'test', path: '/spec/versions/1/name', value: 'v6alpha1' },
    { op: 'replace', path: '/spec/versions/1/served', value: false },
  ]);
  expect(await published(cluster, 'one.example.com')).toEqual(['v5/Widget']);
});
