import { describe, expect, it } from 'vitest';
import { aggregatedDiscovery, coreVersions, group, groupList, resourceList } from './discovery.ts';
import { descriptionsFrom } from './openapi/descriptions.ts';
import { groupVersionPaths, openAPIV3Document } from './openapi/document.ts';
import { ENDPOINTS, SCHEMA_KINDS } from './resource-table.ts';
import { lookupSchema } from './schema/schema.ts';

describe('discovery', () => {
  it('names the core version and the address to reach it', () => {
    expect(coreVersions('127.0.0.1:6443')).toMatchObject({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ serverAddress: '127.0.0.1:6443' }],
    });
  });

  it('lists the groups that are served', () => {
    const { groups } = groupList(ENDPOINTS) as { groups: { name: string }[] };
    expect(groups[0]).toMatchObject({
      name: 'apps',
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
    const names = groups.map(({ name }) => name);
    expect(names).toContain('coordination.k8s.io');
    expect(new Set(names).size).toBe(names.length);
    expect(group(ENDPOINTS, 'nope.example.com')).toBeUndefined();
  });

  it('lists resources together with their subresources', () => {
    const { resources } = resourceList(ENDPOINTS, 'apps', 'v1') as {
      resources: { name: string }[];
    };
    expect(resources.map((r) => r.name)).toEqual([
      'controllerrevisions',
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'statefulsets',
      'statefulsets/scale',
      'statefulsets/status',
    ]);
    expect(resources[4]).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
    expect(resourceList(ENDPOINTS, 'apps', 'v2')).toBeUndefined();
  });

  it('says in one document what the many say', () => {
    const { items } = aggregatedDiscovery(ENDPOINTS, 'api') as {
      items: { versions: { resources: { resource: string }[] }[] }[];
    };
    const pods = items[0]!.versions[0]!.resources.find((r) => r.resource === 'pods');
    expect(pods).toMatchObject({
      responseKind: { group: '', version: 'v1', kind: 'Pod' },
      scope: 'Namespaced',
      singularResource: 'pod',
      shortNames: ['po'],
      categories: ['all'],
    });
  });
});

describe('the schema', () => {
  it('has a type for every resource of the generally available groups', () => {
    for (const { schema } of SCHEMA_KINDS)
      expect(lookupSchema(schema).fields.size).toBeGreaterThan(1);
    expect(SCHEMA_KINDS.length).toBeGreaterThan(60);
  });
});

describe('OpenAPI v3', () => {
  type Document = {
    paths: Record<string, { patch?: { parameters: { name: string }[] } }>;
    components: { schemas: Record<string, Record<string, unknown>> };
  };
  const document = openAPIV3Document(ENDPOINTS, 'apps', 'v1') as Document;

  it('has a document for every group version', () => {
    expect(groupVersionPaths(ENDPOINTS)).toEqual(
      expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/coordination.k8s.io/v1']),
    );
    expect(openAPIV3Document(ENDPOINTS, 'nope', 'v1')).toBeUndefined();
  });

  it('contains everything that it refers to', () => {
    const text = JSON.stringify(document);
    const refs = new Set(
      [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((m) => m[1]!),
    );
    for (const name of refs) expect(document.components.schemas).toHaveProperty([name]);
  });

  it('tells kubectl that fields can be validated', () => {
    const path = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!;
    expect(path.patch!.parameters.map((p) => p.name)).toContain('fieldValidation');
    expect(path.patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
  });

  it('carries the texts that it is given', () => {
    const schema = 'io.k8s.api.apps.v1.DeploymentSpec';
    const describe = descriptionsFrom({ [schema]: { '': 'of the type', paused: 'of the field' } });
    const described = openAPIV3Document(ENDPOINTS, 'apps', 'v1', describe) as Document;
    expect(described.components.schemas[schema]).toMatchObject({
      description: 'of the type',
      properties: { paused: { type: 'boolean', description: 'of the field' } },
    });
  });
});
