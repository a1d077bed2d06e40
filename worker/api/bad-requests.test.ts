import { describe, expect, it } from 'vitest';
import { call, list, statusOf, type CallOptions } from '../../test/workerd/api.ts';
import { configMap, freshCluster } from '../../test/workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

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
