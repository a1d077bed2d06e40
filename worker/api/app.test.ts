import { listDurableObjectIds } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { EnrolResponse } from '../../apimachinery/agent-protocol.ts';
import {
  APIWatch,
  call,
  list,
  mintToken,
  statusOf,
  type CallOptions,
} from '../../test/workerd/api.ts';
import { enrolNode } from '../../test/workerd/enrolled-node.ts';
import { env } from '../../test/workerd/env.ts';
import { configMap, freshCluster } from '../../test/workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
});

describe('who may come in', () => {
  it.each([
    ['/healthz', 'ok'],
    ['/livez', 'ok'],
    ['/readyz', 'ok'],
    ['/readyz?verbose', '[+]ping ok\nreadyz check passed\n'],
  ])('API-1: %s is for everybody', async (path, want) => {
    const answer = await call(freshCluster(), 'GET', path, { token: '' });
    expect([answer.status, await answer.text()]).toEqual([200, want]);
  });

  it('API-1: the checks behind it are for those who may see them', async () => {
    const cluster = freshCluster();
    const ask = async (token: string) =>
      (await call(cluster, 'GET', '/livez/ping', { token })).status;
    expect(await ask('')).toBe(401);
    expect(await ask(await mintToken({ groups: [] }))).toBe(403);
    expect(await ask(await mintToken({ groups: ['system:monitoring'] }))).toBe(200);
  });

  it('API-1: /version is, too', async () => {
    const answer = await call(freshCluster(), 'GET', '/version', { token: '' });
    expect(await answer.json()).toMatchObject({ major: '1', minor: '36' });
  });

  it('API-2: nothing else is without a token that is signed, in time and for this cluster', async () => {
    const cluster = freshCluster();
    const tokens = {
      none: '',
      garbage: 'garbage',
      tampered: `${await mintToken()}x`,
      expired: await mintToken({ expiresIn: -10 }),
      'of another cluster': await mintToken({ audience: 'elsewhere' }),
      'of another issuer': await mintToken({ issuer: 'somebody' }),
      'too long': 'x'.repeat(9_000),
    };
    for (const [what, token] of Object.entries(tokens)) {
      for (const path of ['/api', MAPS, '/fairlead/v1/enrolment-tokens']) {
        const status = await statusOf(await call(cluster, 'GET', path, { token }));
        expect([what, status.code, status.message]).toEqual([what, 401, 'Unauthorized']);
      }
    }
    const own = await mintToken({ audience: cluster });
    expect((await call(cluster, 'GET', MAPS, { token: own })).status).toBe(200);
  });

  it('API-3: a user without rights may look around, and is told what it may not', async () => {
    const cluster = freshCluster();
    const token = await mintToken({ groups: [] });
    for (const path of ['/api', '/apis', '/api/v1', '/apis/apps/v1']) {
      expect((await call(cluster, 'GET', path, { token })).status).toBe(200);
    }
    const status = await statusOf(await call(cluster, 'GET', `${MAPS}/a`, { token }));
    expect(status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps "a" is forbidden: User "tester" cannot get resource "configmaps" in API group "" in the namespace "default"',
      details: { name: 'a', kind: 'configmaps' },
    });
    const tokens = await call(cluster, 'POST', '/fairlead/v1/enrolment-tokens', {
      token,
      body: {},
    });
    expect((await statusOf(tokens)).code).toBe(403);
  });

  it('AUTH-3: a node comes in with what it signs itself, at its own link and no other', async () => {
    const cluster = freshCluster();
    const { enrolled, sign } = await enrolNode(cluster, 'n1');
    expect(await enrolled.json<EnrolResponse>()).toMatchObject({ nodeName: 'n1', cluster });
    const { enrolled: second } = await enrolNode(cluster, 'n2');
    const { certificate: other } = await second.json<EnrolResponse>();
    const link = async (node: string, token: string) => {
      const path = `/fairlead/v1/nodes/${node}/link`;
      const headers = { Upgrade: 'websocket' };
      const answer = await call(cluster, 'GET', path, { token, headers });
      answer.webSocket?.accept();
      answer.webSocket?.close();
      return answer.status;
    };
    expect(await link('n1', await sign())).toBe(101);
    expect(await link('n2', await sign())).toBe(403);
    expect(await link('n2', await sign({ node: 'n2' }))).toBe(401);
    expect(await link('n2', await sign({ node: 'n2', certificate: other }))).toBe(401);
    expect(await link('n1', await sign({ audience: 'elsewhere' }))).toBe(401);
    expect(await link('n1', await sign({ expiresIn: -200 }))).toBe(401);
    expect(await link('n1', await sign({ expiresIn: 86_400 }))).toBe(401);
    const pods = await call(cluster, 'GET', '/api/v1/pods', { token: await sign() });
    expect((await statusOf(pods)).code).toBe(403);
    await call(cluster, 'DELETE', '/fairlead/v1/nodes/n1/credential');
    expect(await link('n1', await sign())).toBe(401);
  });

  it('AUTH-4: a forged token of a node that was never enrolled makes no Durable Object', async () => {
    const { sign } = await enrolNode(freshCluster(), 'n1');
    const before = await listDurableObjectIds(env.NODE);
    const token = await sign({ node: 'ghost' });
    const answer = await call(freshCluster(), 'GET', '/api/v1/pods', { token });
    expect(answer.status).toBe(401);
    expect(await listDurableObjectIds(env.NODE)).toHaveLength(before.length);
  });

  it('AUTH-5: a node that is enrolled is only replaced by a token made for its name, or after revocation', async () => {
    const cluster = freshCluster();
    await enrolNode(cluster, 'n1');
    const other = { kty: 'OKP', crv: 'Ed25519', x: 'another-machine' };
    const enrolAs = async (tokenBody: object) => {
      const made = await call(cluster, 'POST', '/fairlead/v1/enrolment-tokens', {
        body: tokenBody,
      });
      const { token } = await made.json<{ token: string }>();
      const body = { nodeName: 'n1', publicKey: other };
      return call(cluster, 'POST', '/fairlead/v1/nodes', { token, body });
    };
    const refused = await statusOf(await enrolAs({}));
    expect([refused.code, refused.message]).toEqual([
      409,
      expect.stringContaining('another machine is enrolled under this name'),
    ]);
    await call(cluster, 'DELETE', '/fairlead/v1/nodes/n1/credential');
    expect((await enrolAs({})).status).toBe(201);
    expect((await enrolAs({ nodeName: 'n1' })).status).toBe(201);
  });

  it('AUTH-1: an enrolment token is used up by the first node', async () => {
    const cluster = freshCluster();
    const made = await call(cluster, 'POST', '/fairlead/v1/enrolment-tokens', { body: {} });
    const { token } = await made.json<{ token: string }>();
    const enrol = (nodeName: string) =>
      call(cluster, 'POST', '/fairlead/v1/nodes', {
        token,
        body: { nodeName, publicKey: { kty: 'OKP', crv: 'Ed25519', x: nodeName } },
      });
    expect((await enrol('n1')).status).toBe(201);
    const second = await statusOf(await enrol('n2'));
    expect([second.code, second.message]).toEqual([403, expect.stringContaining('used already')]);
    const elsewhere = await call(freshCluster(), 'POST', '/fairlead/v1/nodes', {
      token,
      body: { nodeName: 'n1', publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'n1' } },
    });
    expect((await statusOf(elsewhere)).code).toBe(403);
  });
});

describe('bad requests get the Status that upstream gives, and write nothing', () => {
  const body = JSON.stringify(configMap('bad'));
  const deep = `{"apiVersion":"v1","kind":"ConfigMap","metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`;
  const cases: [string, string, string, CallOptions, number][] = [
    ['malformed JSON', 'POST', MAPS, { body: '{"apiVersion":' }, 400],
    [
      'malformed YAML',
      'POST',
      MAPS,
      { body: 'a: [', headers: { 'Content-Type': 'application/yaml' } },
      400,
    ],
    ['10,000-deep JSON', 'POST', MAPS, { body: deep }, 400],
    ['the wrong kind', 'POST', MAPS, { body: { ...configMap('bad'), kind: 'Secret' } }, 400],
    [
      'another namespace',
      'POST',
      MAPS,
      { body: { ...configMap('bad'), metadata: { name: 'bad', namespace: 'x' } } },
      400,
    ],
    ['a bad name', 'POST', MAPS, { body: configMap('Bad_Name') }, 422],
    ['no name', 'POST', MAPS, { body: configMap('') }, 422],
    [
      'an unknown media type',
      'POST',
      MAPS,
      { body, headers: { 'Content-Type': 'text/html' } },
      415,
    ],
    ['an unknown patch type', 'PATCH', `${MAPS}/bad`, { body: '{}' }, 415],
    [
      '3 MiB and more',
      'POST',
      MAPS,
      { body: configMap('bad', { x: 'x'.repeat(3 * 1024 * 1024) }) },
      413,
    ],
    [
      'an unknown field, strictly',
      'POST',
      `${MAPS}?fieldValidation=Strict`,
      { body: { ...configMap('bad'), extra: 1 } },
      400,
    ],
    ['an unknown fieldValidation', 'POST', `${MAPS}?fieldValidation=Maybe`, { body }, 422],
    ['a long fieldManager', 'POST', `${MAPS}?fieldManager=${'m'.repeat(129)}`, { body }, 422],
    [
      'force without server-side apply',
      'PATCH',
      `${MAPS}/bad?force=true`,
      { body: '{}', headers: { 'Content-Type': 'application/merge-patch+json' } },
      422,
    ],
    [
      'a resourceVersion on what is new',
      'POST',
      MAPS,
      { body: { ...configMap('bad'), metadata: { name: 'bad', resourceVersion: '5' } } },
      500,
    ],
    ['a create over all namespaces', 'POST', '/api/v1/configmaps', { body }, 405],
    ['a delete over all namespaces', 'DELETE', '/api/v1/configmaps', {}, 405],
    ['an unknown dryRun', 'POST', `${MAPS}?dryRun=Some`, { body }, 422],
    ['a name in the path of a create', 'POST', `${MAPS}/bad`, { body }, 405],
    ['no name in the path of an update', 'PUT', MAPS, { body }, 405],
    ['no name in the path of a patch', 'PATCH', MAPS, { body: '{}' }, 405],
    ['a method that no resource has', 'OPTIONS', MAPS, {}, 405],
    ['POST to discovery', 'POST', '/api/v1', {}, 405],
    ['an unknown resource', 'GET', '/api/v1/namespaces/default/nothings', {}, 404],
    ['an unknown version', 'GET', '/apis/apps/v9/namespaces/default/deployments', {}, 404],
    [
      'a cluster-scoped resource in a namespace',
      'GET',
      '/api/v1/namespaces/default/nodes',
      {},
      404,
    ],
    ['a stray percent sign', 'GET', '/api/v1/%', {}, 404],
    ['an object that is not there', 'GET', `${MAPS}/nothing`, {}, 404],
    [
      'a namespace that is not there',
      'POST',
      '/api/v1/namespaces/nowhere/configmaps',
      { body },
      404,
    ],
    ['a bad label selector', 'GET', `${MAPS}?labelSelector=a%20b`, {}, 400],
    ['a field that cannot be selected by', 'GET', `${MAPS}?fieldSelector=data.a%3Db`, {}, 400],
    ['the same in a watch', 'GET', `${MAPS}?watch=1&fieldSelector=data.a%3Db`, {}, 400],
    ['the same in a delete', 'DELETE', `${MAPS}?fieldSelector=data.a%3Db`, {}, 400],
    [
      'both ways to say what becomes of dependents',
      'DELETE',
      `${MAPS}/bad?propagationPolicy=Orphan&orphanDependents=true`,
      {},
      422,
    ],
    ['a bad propagation policy', 'DELETE', `${MAPS}/bad?propagationPolicy=Maybe`, {}, 422],
    ['fewer lines of a log than none', 'GET', `${PODS}/a/log?tailLines=-1`, {}, 422],
    ['no second of a log', 'GET', `${PODS}/a/log?sinceSeconds=0`, {}, 422],
    ['no byte of a log', 'GET', `${PODS}/a/log?limitBytes=0`, {}, 422],
    [
      'two beginnings of a log',
      'GET',
      `${PODS}/a/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z`,
      {},
      422,
    ],
    ['a number of lines that is none', 'GET', `${PODS}/a/log?tailLines=x`, {}, 400],
    ['a log of a pod that is not there', 'GET', `${PODS}/a/log`, {}, 404],
    ['a bad grace period', 'DELETE', `${MAPS}/bad?gracePeriodSeconds=soon`, {}, 400],
  ];

  it.each(cases)('API-4: %s', async (_what, method, path, options, code) => {
    const cluster = freshCluster();
    const status = await statusOf(await call(cluster, method, path, options));
    expect([status.status, status.code, status.message !== '']).toEqual(['Failure', code, true]);
    const { items } = await list(cluster, MAPS);
    expect(items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')).toEqual([]);
  });

  it('API-4: a body without an end is cut at the bound, whatever its headers say', async () => {
    const cluster = freshCluster();
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const answer = await call(cluster, 'POST', MAPS, { body: endless });
    expect((await statusOf(answer)).code).toBe(413);
    expect(sent).toBeLessThan(8 * 1024 * 1024);
  });

  it.each([
    ['labelSelector=a%20b', "unable to parse requirement: found 'b', expected: in, notin,"],
    ['fieldSelector=a', "invalid selector: 'a'; can't understand 'a'"],
    ['fieldSelector=data.a%3Db', '"data.a" is not a known field selector: only "metadata.name"'],
  ])('API-4: says about "%s" what upstream says', async (query, want) => {
    const status = await statusOf(await call(freshCluster(), 'GET', `${MAPS}?${query}`));
    expect(status.message?.slice(0, want.length)).toBe(want);
  });

  it('API-4: an update names its object in the body', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const body = { ...configMap('a'), metadata: {} };
    expect(await statusOf(await call(cluster, 'PUT', `${MAPS}/a`, { body }))).toMatchObject({
      code: 400,
      message: expect.stringContaining('name must be provided') as string,
    });
  });

  it('API-4: repeated keys of a patch are refused when it is strict, and warned about otherwise', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const patch = (validation: string, type = 'merge-patch+json') =>
      call(cluster, 'PATCH', `${MAPS}/a?fieldValidation=${validation}`, {
        body: '{"data":{"x":"1","x":"2"}}',
        headers: { 'Content-Type': `application/${type}` },
      });
    for (const type of ['merge-patch+json', 'strategic-merge-patch+json']) {
      const refused = await statusOf(await patch('Strict', type));
      expect(refused.code).toBe(422);
      expect(refused.message).toContain('strict decoding error: duplicate field "data.x"');
    }
    const warned = await patch('Warn');
    expect(warned.headers.get('Warning')).toContain('duplicate field \\"data.x\\"');
  });

  it('API-5: a stale resourceVersion conflicts', async () => {
    const cluster = freshCluster();
    const first = await (
      await call(cluster, 'POST', MAPS, { body: configMap('a') })
    ).json<object>();
    const changed = { ...first, data: { a: '1' } };
    expect((await call(cluster, 'PUT', `${MAPS}/a`, { body: changed })).status).toBe(200);
    const stale = await statusOf(await call(cluster, 'PUT', `${MAPS}/a`, { body: changed }));
    expect(stale).toMatchObject({ code: 409, reason: 'Conflict' });
  });
});

describe('what a client gets', () => {
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
  const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

  it('API-6: an object, a Table or metadata, as its Accept header says', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', DEPLOYMENTS, { body: deployment('web') });
    const kindOf = async (accept: string, path = `${DEPLOYMENTS}/web`) =>
      (
        await (
          await call(cluster, 'GET', path, { headers: { Accept: accept } })
        ).json<{ kind: string }>()
      ).kind;
    expect(await kindOf('application/json')).toBe('Deployment');
    expect(await kindOf(`${TABLE},application/json`)).toBe('Table');
    const metadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    expect(await kindOf(metadata)).toBe('PartialObjectMetadata');
    expect(await kindOf(`${TABLE},application/json`, DEPLOYMENTS)).toBe('Table');
  });

  it('API-6: 406 for what cannot be made, a Table of a Scale included', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', DEPLOYMENTS, { body: deployment('web') });
    for (const [path, accept] of [
      [`${DEPLOYMENTS}/web/scale`, TABLE],
      [`${DEPLOYMENTS}/web`, 'text/html'],
    ] as const) {
      const answer = await call(cluster, 'GET', path, { headers: { Accept: accept } });
      expect((await statusOf(answer)).code).toBe(406);
    }
    const fallback = { headers: { Accept: `${TABLE},application/json` } };
    const scale = await call(cluster, 'GET', `${DEPLOYMENTS}/web/scale`, fallback);
    expect(await scale.json()).toMatchObject({ kind: 'Scale', metadata: { name: 'web' } });
  });

  it('API-7: warnings about unknown fields, unless it wants none', async () => {
    const cluster = freshCluster();
    const body = { ...configMap('a'), extra: 1 };
    const warned = await call(cluster, 'POST', MAPS, { body });
    expect(warned.status).toBe(201);
    expect(warned.headers.get('Warning')).toContain('unknown field \\"extra\\"');
    const ignored = await call(cluster, 'POST', `${MAPS}?fieldValidation=Ignore`, {
      body: { ...configMap('b'), extra: 1 },
    });
    expect(ignored.headers.get('Warning')).toBeNull();
  });

  it('API-12: a warning with every answer about what upstream is about to drop', async () => {
    const cluster = freshCluster();
    const text = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
    const endpoints = '/api/v1/namespaces/default/endpoints';
    for (const path of [endpoints, `${endpoints}/none`]) {
      const answer = await call(cluster, 'GET', path);
      expect(answer.headers.get('Warning')).toBe(`299 - "${text}"`);
    }
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    expect((await call(cluster, 'GET', slices)).headers.get('Warning')).toBeNull();
  });

  it('WATCH-10: only what comes after its request, when it wants no initial events', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('before') });
    const query = 'watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
    for (const path of [MAPS, '/api/v1/configmaps']) {
      const watch = await APIWatch.open(cluster, `${path}?${query}`);
      const name = path === MAPS ? 'one' : 'two';
      await call(cluster, 'POST', MAPS, { body: configMap(name) });
      const [frame] = await watch.take(1);
      expect([frame?.type, frame?.object.metadata.name]).toEqual(['ADDED', name]);
      await watch.close();
    }
  });

  it('API-8: a negative grace period is one second, which nothing but a pod waits for', async () => {
    const cluster = freshCluster();
    await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const gone = await call(cluster, 'DELETE', `${MAPS}/a`, { body: { gracePeriodSeconds: -5 } });
    expect(gone.status).toBe(200);
  });

  it('API-8: after a delete, a Status with the uid of what is gone', async () => {
    const cluster = freshCluster();
    const made = await call(cluster, 'POST', MAPS, { body: configMap('a') });
    const { metadata } = await made.json<{ metadata: { uid: string } }>();
    const wrong = await call(cluster, 'DELETE', `${MAPS}/a`, {
      body: { preconditions: { uid: 'x' } },
    });
    expect((await statusOf(wrong)).code).toBe(409);
    const gone = await call(cluster, 'DELETE', `${MAPS}/a`);
    expect(await gone.json()).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
    });
  });
});
