import { describe, expect, it } from 'vitest';
import type { KubernetesObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { call, statusOf } from '../../test/workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widgetDefinition,
} from '../../test/workerd/definitions.ts';
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

async function applied(
  cluster: string,
  path: string,
  manager: string,
  body: unknown,
  more = '',
): Promise<KubernetesObject> {
  const response = await apply(cluster, path, manager, body, more);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
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

describe('server-side apply', () => {
  it('APPLY-1: makes what is not there and answers 201, then 200', async () => {
    const cluster = freshCluster();
    const made = await apply(cluster, `${MAPS}/a`, 'm', configMap({ x: '1' }));
    expect(made.status).toBe(201);
    const object: KubernetesObject = await made.json();
    expect(object).toMatchObject({
      metadata: { name: 'a', namespace: 'default' },
      data: { x: '1' },
    });
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'v1',
        time: expect.stringMatching(/Z$/),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {} } },
      },
    ]);
    const again = await apply(cluster, `${MAPS}/a`, 'm', configMap({ x: '2' }));
    expect(again.status).toBe(200);
  });

  it('APPLY-1: takes YAML', async () => {
    const cluster = freshCluster();
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "1"\n';
    expect(await applied(cluster, `${MAPS}/a`, 'm', yaml)).toMatchObject({ data: { x: '1' } });
  });

  it('APPLY-2: removes what the manager applied before and does not apply any more', async () => {
    const cluster = freshCluster();
    await applied(cluster, `${MAPS}/a`, 'm1', configMap({ x: '1', y: '1' }));
    await applied(cluster, `${MAPS}/a`, 'm2', configMap({ y: '1', z: '1' }));
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const object = await applied(cluster, `${MAPS}/a`, 'm1', bare);
    expect(object['data']).toEqual({ y: '1', z: '1' });
    expect(entryOf(object, 'm1')).toBeUndefined();
  });

  it('APPLY-3: answers 409 with the owner of every field in the way, and takes them by force', async () => {
    const cluster = freshCluster();
    await applied(cluster, `${DEPLOYMENTS}/web`, 'm1', deployment({ replicas: 3 }));
    const other = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
    const change = { ...other, spec: { replicas: 4 } };
    const status = await statusOf(await apply(cluster, `${DEPLOYMENTS}/web`, 'm2', change));
    expect(status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "m1": .spec.replicas',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "m1"',
            field: '.spec.replicas',
          },
        ],
      },
    });
    const forced = await applied(cluster, `${DEPLOYMENTS}/web`, 'm2', change, '&force=true');
    expect(forced).toMatchObject({ spec: { replicas: 4 } });
    expect(entryOf(forced, 'm2')?.fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('APPLY-4: writes nothing when nothing changes', async () => {
    const cluster = freshCluster();
    const first = await applied(cluster, `${DEPLOYMENTS}/web`, 'm', deployment({ replicas: 1 }));
    const { metadata } = await applied(
      cluster,
      `${DEPLOYMENTS}/web`,
      'm',
      deployment({ replicas: 1 }),
    );
    expect(metadata.generation).toBe(first.metadata.generation);
    const [entry] = metadata.managedFields ?? [];
    expect(entry).toEqual(entryOf(first, 'm'));
  });

  it('APPLY-5: a dry run answers and leaves nothing', async () => {
    const cluster = freshCluster();
    const response = await apply(cluster, `${MAPS}/a`, 'm', configMap({ x: '1' }), '&dryRun=All');
    expect(response.status).toBe(201);
    expect((await call(cluster, 'GET', `${MAPS}/a`)).status).toBe(404);
  });

  it.each([
    ['no field manager', '', configMap({}), 422, 'fieldManager: Required value'],
    ['another name', 'm', configMap({}, { name: 'b' }), 400, 'does not match the name on the URL'],
    ['no name', 'm', configMap({}, { name: '' }), 400, 'name must be provided'],
    ['another namespace', 'm', configMap({}, { namespace: 'b' }), 400, 'does not match the namesp'],
    ['another kind', 'm', { apiVersion: 'v1', kind: 'Pod' }, 400, 'invalid object type: /v1, Kind'],
    ['managedFields', 'm', configMap({}, { managedFields: [] }), 400, 'managedFields must be nil'],
    ['what is no YAML', 'm', 'a: [', 400, 'error decoding YAML: error converting YAML to JSON'],
    ['a list', 'm', '[1]', 400, 'cannot unmarshal array into Go value of type map[string]inter'],
    ['a uid', 'm', configMap({}, { uid: 'u' }), 409, 'uid mismatch: the provided object specified'],
    [
      'an unknown field',
      'm',
      { ...configMap({}), bogus: 1 },
      500,
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .bogus: field not declared',
    ],
  ])('APPLY-6: refuses %s', async (_, manager, body, wantCode, wantMessage) => {
    const cluster = freshCluster();
    const status = await statusOf(await apply(cluster, `${MAPS}/a`, manager, body));
    expect(status.message).toContain(wantMessage);
    expect(status.code).toBe(wantCode);
    expect((await call(cluster, 'GET', `${MAPS}/a`)).status).toBe(404);
  });

  it('APPLY-6: refuses a stale resourceVersion', async () => {
    const cluster = freshCluster();
    await applied(cluster, `${MAPS}/a`, 'm', configMap({ x: '1' }));
    const stale = configMap({ x: '2' }, { resourceVersion: '1' });
    const status = await statusOf(await apply(cluster, `${MAPS}/a`, 'm', stale));
    expect(status).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(status.message).toContain('the object has been modified');
  });

  it('APPLY-6: refuses a key that comes twice as field validation asks for', async () => {
    const cluster = freshCluster();
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1", x: "2"}\n';
    const path = `${MAPS}/a`;
    const strict = await apply(cluster, path, 'm', yaml, '&fieldValidation=Strict');
    expect((await statusOf(strict)).message).toContain('error strict decoding YAML');
    const warned = await apply(cluster, path, 'm', yaml);
    expect(warned.headers.get('Warning')).toContain('already set in map');
    const ignored = await apply(cluster, path, 'm', yaml, '&fieldValidation=Ignore');
    expect(ignored.headers.get('Warning')).toBeNull();
  });

  it('APPLY-6: refuses CBOR with 415', async () => {
    const response = await call(freshCluster(), 'PATCH', `${MAPS}/a?fieldManager=m`, {
      body: 'x',
      headers: { 'Content-Type': 'application/apply-patch+cbor' },
    });
    expect(response.status).toBe(415);
  });

  it('APPLY-7: applies to status only the status', async () => {
    const cluster = freshCluster();
    await applied(cluster, `${DEPLOYMENTS}/web`, 'm', deployment({ replicas: 1 }));
    const body = {
      ...deployment({ replicas: 9 }),
      status: {
        conditions: [
          {
            type: 'Custom',
            status: 'True',
            reason: 'R',
            message: 'M',
            lastUpdateTime: '2026-01-01T00:00:00Z',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    };
    const path = `${DEPLOYMENTS}/web/status`;
    const object = await applied(cluster, path, 'ctl', body);
    expect(object).toMatchObject({ spec: { replicas: 1 } });
    expect(Object.keys(entryOf(object, 'ctl', 'status')?.fieldsV1 ?? {})).toEqual(['f:status']);
  });

  it('APPLY-7: is 404 for a subresource of what is not there', async () => {
    const cluster = freshCluster();
    const status = await statusOf(
      await apply(cluster, `${DEPLOYMENTS}/web/status`, 'm', deployment({})),
    );
    expect(status.code).toBe(404);
  });

  it('APPLY-8: scales, and owns the replicas of what is scaled', async () => {
    const cluster = freshCluster();
    await applied(cluster, `${DEPLOYMENTS}/web`, 'm', deployment({ replicas: 1 }));
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas: 2 },
    };
    const path = `${DEPLOYMENTS}/web/scale`;
    const status = await statusOf(await apply(cluster, path, 'hpa', scale));
    expect(status.message).toBe('Apply failed with 1 conflict: conflict with "m": .spec.replicas');
    await applied(cluster, path, 'hpa', scale, '&force=true');
    const object: KubernetesObject = await (
      await call(cluster, 'GET', `${DEPLOYMENTS}/web`)
    ).json();
    expect(object).toMatchObject({ spec: { replicas: 2 } });
    const replicas = { 'f:spec': { 'f:replicas': {} } };
    expect(entryOf(object, 'hpa', 'scale')).toMatchObject({
      apiVersion: 'apps/v1',
      operation: 'Apply',
      fieldsV1: replicas,
    });
    expect(entryOf(object, 'm')?.fieldsV1).not.toMatchObject(replicas);
  });

  it('APPLY-9: lets kubectl take over what it applied from the client', async () => {
    const cluster = freshCluster();
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const last = JSON.stringify(configMap({ x: '1' }));
    await sent(
      cluster,
      'POST',
      `${MAPS}?fieldManager=kubectl-client-side-apply`,
      configMap({ x: '1' }, { annotations: { [annotation]: last } }),
    );
    const object = await applied(cluster, `${MAPS}/a`, 'kubectl', configMap({ x: '2' }));
    expect(object['data']).toEqual({ x: '2' });
    expect(JSON.parse(object.metadata.annotations?.[annotation] ?? '')).toEqual(
      configMap({ x: '2' }),
    );
  });
});

describe('server-side apply of custom objects', () => {
  const GROUP = 'apply.example.com';
  const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;
  const properties = {
    spec: {
      type: 'object',
      properties: {
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, size: { type: 'integer' } },
          },
        },
      },
    },
  };

  async function clusterWithWidgets(): Promise<string> {
    const cluster = freshCluster();
    const schema = { openAPIV3Schema: { type: 'object', properties } };
    await createAt(cluster, DEFINITIONS_PATH, widgetDefinition(GROUP, {}, { schema }));
    await established(cluster, `widgets.${GROUP}`);
    return cluster;
  }

  const widgetOf = (parts: object[]): Body => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: { parts },
  });

  it('APPLY-10: merges by the schema of their definition', async () => {
    const cluster = await clusterWithWidgets();
    await applied(cluster, `${WIDGETS}/w`, 'm1', widgetOf([{ name: 'a', size: 1 }]));
    const object = await applied(cluster, `${WIDGETS}/w`, 'm2', widgetOf([{ name: 'b', size: 2 }]));
    expect(object['spec']).toEqual({
      parts: [
        { name: 'a', size: 1 },
        { name: 'b', size: 2 },
      ],
    });
    const taken = widgetOf([{ name: 'a', size: 3 }]);
    expect((await statusOf(await apply(cluster, `${WIDGETS}/w`, 'm2', taken))).message).toBe(
      'Apply failed with 1 conflict: conflict with "m1": .spec.parts[name="a"].size',
    );
  });

  it('APPLY-10: refuses what does not fit it', async () => {
    const cluster = await clusterWithWidgets();
    const status = await statusOf(
      await apply(cluster, `${WIDGETS}/w`, 'm', widgetOf([{ name: 'a', color: 'red' }])),
    );
    expect(status).toMatchObject({
      code: 500,
      message: `failed to create typed patch object (/w; ${GROUP}/v1, Kind=Widget): .spec.parts[name="a"].color: field not declared in schema`,
    });
  });
});
