import { describe, expect, it } from 'vitest';
import { call } from '../../test/workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widgetDefinition,
} from '../../test/workerd/definitions.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

interface Swagger {
  swagger: string;
  definitions: Record<string, { properties?: Record<string, Record<string, unknown>> }>;
  paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
}

describe('OpenAPI', () => {
  it('OPENAPI-1: in version 2 is one document that holds all that it refers to', async () => {
    const response = await call(freshCluster(), 'GET', '/openapi/v2');
    const text = await response.text();
    const { swagger, definitions, paths } = JSON.parse(text) as Swagger;
    expect(swagger).toBe('2.0');
    const names = new Set([...text.matchAll(/"#\/definitions\/([^"]+)"/g)].map((m) => m[1] ?? ''));
    expect(names.size).toBeGreaterThan(100);
    for (const name of names) expect(definitions).toHaveProperty([name]);
    expect(text).not.toContain('#/components');
    const { patch } = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'] ?? {};
    expect(patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
    expect(patch?.parameters.map((p) => p.name)).toContain('dryRun');
  });

  it('OPENAPI-2: in version 2 comes in protobuf for those who ask by either name', async () => {
    const cluster = freshCluster();
    for (const separator of ['@', '.']) {
      const Accept = `application/com.github.proto-openapi.spec.v2${separator}v1.0+protobuf`;
      const response = await call(cluster, 'GET', '/openapi/v2', { headers: { Accept } });
      expect(response.headers.get('Content-Type')).toBe(
        'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      );
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Field 1 is `swagger`, a text of three bytes.
      expect([...bytes.subarray(0, 5)]).toEqual([0x0a, 3, 0x32, 0x2e, 0x30]);
    }
  });

  it('OPENAPI-3: documents are named by their content, and are not sent twice', async () => {
    const cluster = freshCluster();
    const index = await call(cluster, 'GET', '/openapi/v3');
    const { paths } = await index.json<{ paths: Record<string, { serverRelativeURL: string }> }>();
    const { serverRelativeURL = '' } = paths['apis/apps/v1'] ?? {};
    const first = await call(cluster, 'GET', serverRelativeURL);
    expect(first.headers.get('Cache-Control')).toContain('immutable');
    await first.body?.cancel();
    const etag = first.headers.get('ETag') ?? '';
    expect(serverRelativeURL).toContain(etag.replaceAll('"', ''));
    for (const path of ['/openapi/v3', '/openapi/v3/apis/apps/v1', '/openapi/v2']) {
      const full = await call(cluster, 'GET', path);
      await full.body?.cancel();
      const known = full.headers.get('ETag') ?? '';
      const again = await call(cluster, 'GET', path, { headers: { 'If-None-Match': known } });
      expect({ path, status: again.status }).toEqual({ path, status: 304 });
    }
  });

  it('OPENAPI-4: has custom resources in both versions, as soon as they are served', async () => {
    const cluster = freshCluster();
    const group = 'openapi.example.com';
    await createAt(cluster, DEFINITIONS_PATH, widgetDefinition(group));
    await established(cluster, `widgets.${group}`);
    const { paths } = await (
      await call(cluster, 'GET', '/openapi/v3')
    ).json<{ paths: Record<string, unknown> }>();
    expect(Object.keys(paths)).toContain(`apis/${group}/v1`);
    const v3 = await (await call(cluster, 'GET', `/openapi/v3/apis/${group}/v1`)).text();
    expect(v3).toContain('"com.example.openapi.v1.Widget":{');
    const v2 = await (await call(cluster, 'GET', '/openapi/v2')).text();
    expect(v2).toContain('"com.example.openapi.v1.Widget":{');
  });

  it('OPENAPI-3: a name that is out of date leads to the right one', async () => {
    const cluster = freshCluster();
    const response = await call(cluster, 'GET', '/openapi/v3/api/v1?hash=old');
    expect(response.redirected || response.status === 301).toBe(true);
  });
});

describe('aggregated discovery', () => {
  it('API-11: is not sent again to who has it', async () => {
    const cluster = freshCluster();
    const headers = {
      Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    };
    const first = await call(cluster, 'GET', '/apis', { headers });
    await first.body?.cancel();
    const again = await call(cluster, 'GET', '/apis', {
      headers: { ...headers, 'If-None-Match': first.headers.get('ETag') ?? '' },
    });
    expect(again.status).toBe(304);
  });
});
