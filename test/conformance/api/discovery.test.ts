import { expect, it } from 'vitest';
import { APIWatch, call, statusOf } from '../../workerd/api.ts';
import { createAt, DEFINITIONS_PATH, widgetDefinition } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get } from './lifecycle.ts';

interface Aggregated {
  readonly kind: string;
  readonly items: {
    readonly metadata: { readonly name?: string };
    readonly versions: {
      readonly version: string;
      readonly resources: { readonly resource: string }[];
    }[];
  }[];
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function aggregated(cluster: string, root: '/api' | '/apis'): Promise<string[]> {
  const response = await call(cluster, 'GET', root, { headers: { Accept: ACCEPT } });
  expect(response.headers.get('Content-Type')).toBe(ACCEPT);
  const { kind, items } = await response.json<Aggregated>();
  expect(kind).toBe('APIGroupDiscoveryList');
  return items.flatMap(({ metadata: { name = '' }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(({ resource }) => `${name}/${version}/${resource}`),
    ),
  );
}

/** What every cluster is known to serve. */
const BUILT_IN = [
  '/v1/namespaces',
  '/v1/nodes',
  '/v1/pods',
  '/v1/services',
  '/v1/secrets',
  '/v1/configmaps',
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1/customresourcedefinitions',
  'apiregistration.k8s.io/v1/apiservices',
  'apps/v1/deployments',
  'apps/v1/statefulsets',
  'authentication.k8s.io/v1/tokenreviews',
  'authorization.k8s.io/v1/selfsubjectaccessreviews',
  'autoscaling/v1/horizontalpodautoscalers',
  'autoscaling/v2/horizontalpodautoscalers',
  'batch/v1/jobs',
  'certificates.k8s.io/v1/certificatesigningrequests',
  'coordination.k8s.io/v1/leases',
  'discovery.k8s.io/v1/endpointslices',
  'networking.k8s.io/v1/ingresses',
  'node.k8s.io/v1/runtimeclasses',
  'policy/v1/poddisruptionbudgets',
  'scheduling.k8s.io/v1/priorityclasses',
  'storage.k8s.io/v1/storageclasses',
];

const BUILT_IN_ROWS = [
  '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface [Conformance]',
  '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers [Conformance]',
];
it.each(BUILT_IN_ROWS)('%s', async () => {
  const cluster = freshCluster();
  const served = [...(await aggregated(cluster, '/api')), ...(await aggregated(cluster, '/apis'))];
  expect(served).toEqual(expect.arrayContaining(BUILT_IN));
});

const CRD_ROWS = [
  '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs [Conformance]',
  '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs [Conformance]',
];
it.each(CRD_ROWS)('%s', async () => {
  const cluster = freshCluster();
  await createAt(cluster, DEFINITIONS_PATH, widgetDefinition('found.example.com'));
  const watch = await APIWatch.open(cluster, `${DEFINITIONS_PATH}?watch=1`);
  for (let frame = await watch.next(); frame !== null; frame = await watch.next()) {
    if (JSON.stringify(frame.object).includes('"InitialNamesAccepted"')) break;
  }
  await watch.close();
  expect(await aggregated(cluster, '/apis')).toContain('found.example.com/v1/widgets');
});

interface Groups {
  readonly groups: {
    readonly name: string;
    readonly versions: { readonly groupVersion: string; readonly version: string }[];
    readonly preferredVersion: { readonly groupVersion: string };
  }[];
}

it('[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup [Conformance]', async () => {
  const cluster = freshCluster();
  const { groups } = await get<Groups>(cluster, '/apis');
  expect(groups.length).toBeGreaterThan(15);
  for (const group of groups) {
    const single = await get<Groups['groups'][number]>(cluster, `/apis/${group.name}`);
    expect(single.versions.map((v) => v.groupVersion)).toContain(
      single.preferredVersion.groupVersion,
    );
    expect(single.preferredVersion).toEqual(group.preferredVersion);
  }
});

it('[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup [Conformance]', async () => {
  const cluster = freshCluster();
  for (const path of BUILT_IN.filter((name) => !name.startsWith('/'))) {
    const [group = '', version = '', resource = ''] = path.split('/');
    const list = await get<{ groupVersion: string; resources: { name: string }[] }>(
      cluster,
      `/apis/${group}/${version}`,
    );
    expect(list.groupVersion).toBe(`${group}/${version}`);
    expect(list.resources.map(({ name }) => name)).toContain(resource);
  }
});

it('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents [Conformance]', async () => {
  const cluster = freshCluster();
  const { groups } = await get<Groups>(cluster, '/apis');
  const group = groups.find(({ name }) => name === 'apiextensions.k8s.io');
  expect(group?.versions).toContainEqual({
    groupVersion: 'apiextensions.k8s.io/v1',
    version: 'v1',
  });
  expect(await get(cluster, '/apis/apiextensions.k8s.io')).toMatchObject({
    versions: [{ version: 'v1' }],
  });
  const { resources } = await get<{ resources: { name: string }[] }>(
    cluster,
    '/apis/apiextensions.k8s.io/v1',
  );
  expect(resources.map(({ name }) => name)).toContain('customresourcedefinitions');
});

it('[sig-api-machinery] server version should find the server version [Conformance]', async () => {
  const { major, minor } = await get<{ major: string; minor: string }>(freshCluster(), '/version');
  expect(major).toMatch(/^[1-9]$/);
  expect(minor).toMatch(/^\d+\+?$/);
});

it('[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata [Conformance]', async () => {
  const response = await call(
    freshCluster(),
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    },
  );
  expect(await statusOf(response)).toMatchObject({ code: 406, reason: 'NotAcceptable' });
});
