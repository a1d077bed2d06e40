import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolNode } from '../../node-agent/transport/enrol.ts';
import { generateNodeKey } from '../../node-agent/transport/node-key.ts';
import { newTokenSource } from '../../node-agent/transport/node-token.ts';
import { createEnrolmentToken } from '../../cli/nodes.ts';
import { Cluster } from './harness/cluster.ts';
import { deployment, pod } from './harness/manifests.ts';
import { rawRequest } from './harness/raw-request.ts';
import type { RawRequest } from './harness/raw-request.ts';
import { until } from './harness/until.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const PODS = '/api/v1/namespaces/default/pods';

const configMap = (name: string, fields: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...fields });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

interface Refusal extends Partial<RawRequest> {
  readonly what: string;
  readonly wantCode: number;
  readonly wantReason: string;
  /** Part of the message. */
  readonly want: string;
}

const REFUSALS: Refusal[] = [
  {
    what: 'JSON that ends too early',
    body: '{"apiVersion": "v1", ',
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'json parse error: unexpected end of JSON input',
  },
  {
    what: 'text that is no JSON',
    body: '{"a" b}',
    wantCode: 400,
    wantReason: 'BadRequest',
    want: "invalid character 'b' after object key",
  },
  {
    what: 'malformed YAML',
    contentType: 'application/yaml',
    body: 'a: [1,\n b: c',
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'the object provided is unrecognized (must be of type ConfigMap): yaml: line 2',
  },
  {
    what: 'YAML whose aliases explode',
    contentType: 'application/yaml',
    body: `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g']
      .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdef'[i]}`).join(',')}]`)
      .join('\n')}`,
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'yaml: document contains excessive aliasing',
  },
  {
    what: 'a kind that the path does not have',
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'Secret in version "v1" cannot be handled as a ConfigMap',
  },
  {
    what: 'a value of the wrong type',
    path: DEPLOYMENTS,
    body: JSON.stringify(deployment('a', 'three' as unknown as number)),
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    what: 'a pod without what it must have',
    path: PODS,
    body: JSON.stringify(pod('a', { containers: [{}] })),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'Pod "a" is invalid: [spec.containers[0].name: Required value, spec.containers[0].image: Required value]',
  },
  {
    what: 'a selector that does not match its template',
    path: DEPLOYMENTS,
    body: JSON.stringify(deployment('a', 1, { selector: { matchLabels: { app: 'b' } } })),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
  },
  {
    what: 'no name',
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'metadata.name: Required value: name or generateName is required',
  },
  {
    what: 'a bad name',
    body: configMap('Bad_Name'),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of',
  },
  {
    what: 'another namespace than that of the path',
    body: configMap('a', { metadata: { name: 'a', namespace: 'kube-system' } }),
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    what: 'a namespace that does not exist',
    path: '/api/v1/namespaces/nowhere/configmaps',
    body: configMap('a'),
    wantCode: 404,
    wantReason: 'NotFound',
    want: 'namespaces "nowhere" not found',
  },
  {
    what: 'an unknown field under fieldValidation=Strict',
    path: `${CONFIG_MAPS}?fieldValidation=Strict`,
    body: configMap('a', { dota: {} }),
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dota"',
  },
  {
    what: 'an unknown fieldValidation',
    path: `${CONFIG_MAPS}?fieldValidation=Maybe`,
    body: configMap('a'),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe"',
  },
  {
    what: 'a body of more than 3 MB',
    body: configMap('a', { data: { a: 'x'.repeat(3 * 1024 * 1024) } }),
    wantCode: 413,
    wantReason: 'RequestEntityTooLarge',
    want: 'Request entity too large: limit is 3145728',
  },
  {
    what: 'a config map of more than 1 MB',
    body: configMap('a', { data: { a: 'x'.repeat(1024 * 1024 + 1) } }),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'Too long: may not be more than 1048576 bytes',
  },
  {
    what: 'JSON of 10,000 levels',
    body: `{"apiVersion":"v1","kind":"ConfigMap","a":${nested(10_000)}}`,
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'json parse error: exceeded max depth',
  },
  {
    what: 'YAML of 10,000 levels',
    contentType: 'application/yaml',
    body: `apiVersion: v1\nkind: ConfigMap\na: ${nested(10_000)}\n`,
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'yaml: line 3: exceeded max depth',
  },
  {
    what: 'a media type that is not known',
    contentType: 'text/plain',
    body: configMap('a'),
    wantCode: 415,
    wantReason: 'UnsupportedMediaType',
    want: 'the body of the request was in an unknown format',
  },
  {
    what: 'a name that is taken',
    body: configMap('taken'),
    wantCode: 409,
    wantReason: 'AlreadyExists',
    want: 'configmaps "taken" already exists',
  },
  {
    what: 'an update of a revision that is not the last',
    method: 'PUT',
    path: `${CONFIG_MAPS}/taken`,
    body: configMap('taken', { metadata: { name: 'taken', resourceVersion: '1' } }),
    wantCode: 409,
    wantReason: 'Conflict',
    want: 'Operation cannot be fulfilled on configmaps "taken": the object has been modified; please apply your changes to the latest version and try again',
  },
  {
    what: 'an update under another name',
    method: 'PUT',
    path: `${CONFIG_MAPS}/taken`,
    body: configMap('other'),
    wantCode: 400,
    wantReason: 'BadRequest',
    want: 'the name of the object (other) does not match the name on the URL (taken)',
  },
  {
    what: 'a change of immutable data',
    method: 'PUT',
    path: `${CONFIG_MAPS}/taken`,
    body: configMap('taken', { immutable: true, data: { a: 'changed' } }),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'data: Forbidden: field is immutable when `immutable` is set',
  },
  {
    what: "a change of a deployment's selector",
    method: 'PATCH',
    path: `${DEPLOYMENTS}/taken`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({
      spec: {
        selector: { matchLabels: { app: 'b' } },
        template: { metadata: { labels: { app: 'b' } } },
      },
    }),
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
  },
  {
    what: 'a JSON patch of something that is not there',
    method: 'PATCH',
    path: `${CONFIG_MAPS}/taken`,
    contentType: 'application/json-patch+json',
    body: '[{"op":"replace","path":"/absent/field","value":1}]',
    wantCode: 422,
    wantReason: 'Invalid',
    want: 'the server rejected our request due to an error in our request',
  },
  {
    what: 'a deletion of an object with another uid',
    method: 'DELETE',
    path: `${CONFIG_MAPS}/taken`,
    body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'x' } }),
    wantCode: 409,
    wantReason: 'Conflict',
    want: 'the UID in the precondition (x) does not match the UID in record',
  },
  {
    what: 'a deletion of a namespace that every cluster has',
    method: 'DELETE',
    path: '/api/v1/namespaces/default',
    wantCode: 403,
    wantReason: 'Forbidden',
    want: 'namespaces "default" is forbidden: this namespace may not be deleted',
  },
  {
    what: 'a method that the path does not have',
    method: 'PUT',
    body: configMap('a'),
    wantCode: 405,
    wantReason: 'MethodNotAllowed',
    want: 'the server does not allow this method on the requested resource',
  },
  {
    what: 'no token',
    token: null,
    body: configMap('a'),
    wantCode: 401,
    wantReason: 'Unauthorized',
    want: 'Unauthorized',
  },
  {
    what: 'a token that is none',
    token: 'nonsense',
    body: configMap('a'),
    wantCode: 401,
    wantReason: 'Unauthorized',
    want: 'Unauthorized',
  },
];

describe('bad input', () => {
  let cluster: Cluster;
  const send = (raw: Partial<RawRequest>) =>
    rawRequest(cluster.connection, { method: 'POST', path: CONFIG_MAPS, ...raw });
  const everything = async () => {
    const lists = [CONFIG_MAPS, DEPLOYMENTS, PODS].map((path) =>
      cluster.client.json<{ items: unknown[] }>('GET', path),
    );
    return (await Promise.all(lists)).map(({ items }) => items);
  };

  beforeAll(async () => {
    cluster = await Cluster.start('bad-input', { node: false });
    const taken = configMap('taken', { immutable: true, data: { a: '1' } });
    expect(await send({ body: taken })).toMatchObject({ code: 201 });
    const paused = JSON.stringify(deployment('taken', 0));
    expect(await send({ path: DEPLOYMENTS, body: paused })).toMatchObject({ code: 201 });
    // Its status comes a moment later; from then on nothing changes by itself.
    await until('the deployment is observed', async () => {
      const { status } = await cluster.client.json<{ status?: { observedGeneration?: number } }>(
        'GET',
        `${DEPLOYMENTS}/taken`,
      );
      return status?.observedGeneration === 1;
    });
  });
  afterAll(() => cluster?.stop());

  it.each(REFUSALS)('refuses $what, and writes nothing', async ({ what, want, ...refusal }) => {
    const { wantCode, wantReason, ...raw } = refusal;
    const before = await everything();
    const { code, body } = await send(raw);
    expect({ code, reason: body['reason'], what }).toEqual({
      code: wantCode,
      reason: wantReason,
      what,
    });
    expect(body).toMatchObject({
      apiVersion: 'v1',
      kind: 'Status',
      status: 'Failure',
      code: wantCode,
    });
    expect(body['message']).toContain(want);
    expect(await everything()).toEqual(before);
  });

  it('drops an unknown field with a warning unless it is told to be strict', async () => {
    const dryRun = (fieldValidation: string) =>
      send({
        path: `${CONFIG_MAPS}?dryRun=All${fieldValidation}`,
        body: configMap('a', { dota: {} }),
      });
    const warned = await dryRun('&fieldValidation=Warn');
    expect(warned).toMatchObject({
      code: 201,
      headers: { warning: '299 - "unknown field \\"dota\\""' },
    });
    expect(warned.body).not.toHaveProperty('dota');
    expect((await dryRun('')).headers).toHaveProperty('warning');
    const ignored = await dryRun('&fieldValidation=Ignore');
    expect(ignored.code).toBe(201);
    expect(ignored.headers).not.toHaveProperty('warning');
  });

  it('lets a node in to its own link only, and a revoked one not at all', async () => {
    const { client, connection } = cluster;
    const enrol = async (nodeName: string) => {
      const token = await createEnrolmentToken(client, { nodeName });
      const key = generateNodeKey();
      const request = { nodeName, publicKey: key.publicJWK };
      const enrolled = await enrolNode(connection, token, request);
      await expect(enrolNode(connection, token, { ...request, nodeName: 'other' })).rejects.toThrow(
        /enrolment token/,
      );
      return newTokenSource(key, enrolled, () => Date.now());
    };
    const mine = await enrol('mine');
    await enrol('theirs');
    const token = await mine();
    const link = (node: string) =>
      send({ method: 'GET', path: `/fairlead/v1/nodes/${node}/link`, token });
    expect(await link('theirs')).toMatchObject({
      code: 403,
      body: {
        reason: 'Forbidden',
        message: 'User "system:node:mine" cannot open the link of node "theirs"',
      },
    });
    // Its own link it may open, but that is a WebSocket.
    expect((await link('mine')).code).toBe(426);
    expect(await send({ token, body: configMap('a') })).toMatchObject({
      code: 403,
      body: {
        message:
          'configmaps is forbidden: User "system:node:mine" cannot create resource "configmaps" in API group "" in the namespace "default": can only read resources of this type',
      },
    });
    await client.json('DELETE', '/fairlead/v1/nodes/mine/credential');
    expect((await link('mine')).code).toBe(401);
  });
});
