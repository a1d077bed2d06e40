import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, list, statusOf } from '../api.ts';
import { createAt } from '../definitions.ts';
import { configMap, freshCluster } from '../stores.ts';
import { mutateBy, validateBy, webhookOf, webhookURL } from '../webhooks.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const FAILED = 'Internal error occurred: failed calling webhook "webhook.example.com": ';
const CREATED = ['CREATE configmaps'];

const post = (cluster: string, name: string, query = '', labels?: Record<string, string>) =>
  call(cluster, 'POST', `${MAPS}${query}`, { body: configMap(name, {}, labels) });

/** A webhook that is asked about objects with its label only, so that one cluster has many. */
const labelled = (name: string, url: string, more: object = {}) =>
  webhookOf(url, CREATED, {
    objectSelector: { matchLabels: { ask: name } },
    timeoutSeconds: 1,
    ...more,
  });

const MISBEHAVIOURS = [
  ['broken', webhookURL('status', '500'), 'failed to call webhook: an error on the server'],
  ['missing', webhookURL('status', '404'), 'failed to call webhook: the server could not find'],
  [
    'redirect',
    webhookURL('redirect'),
    'failed to call webhook: the server answered with a redirect',
  ],
  ['uid', webhookURL('wrong-uid'), 'received invalid webhook response: expected response.uid='],
  ['json', webhookURL('not-json'), 'failed to call webhook: '],
  [
    'empty',
    webhookURL('no-response'),
    'received invalid webhook response: webhook response was absent',
  ],
  [
    'late',
    webhookURL('hang'),
    'failed to call webhook: Post "https://webhooks.test/hang?timeout=1s": context deadline exceeded',
  ],
  ['nobody', 'https://nobody.test/', 'failed to call webhook: an error on the server'],
  [
    'private',
    'https://10.0.0.1/',
    'failed to call webhook: Post "https://10.0.0.1/?timeout=1s": the address is private',
  ],
] as const;

describe('answers of webhooks', () => {
  it('HOOK-1: that are of no use fail the request, or are passed over where the policy is Ignore', async () => {
    const cluster = freshCluster();
    const open = { failurePolicy: 'Ignore' };
    const closed = { failurePolicy: 'Fail' };
    await validateBy(
      cluster,
      'a',
      ...MISBEHAVIOURS.flatMap(([name, url]) => [
        labelled(`${name}-open`, url, { ...open, name: `${name}.open.example.com` }),
        labelled(name, url, { ...closed, name: `${name}.example.com` }),
      ]),
    );
    await mutateBy(
      cluster,
      'a',
      ...MISBEHAVIOURS.flatMap(([name, url]) => [
        labelled(`${name}-m-open`, url, { ...open, name: `${name}.open.example.com` }),
        labelled(`${name}-m`, url, { ...closed, name: `${name}.example.com` }),
      ]),
    );
    await Promise.all(
      MISBEHAVIOURS.flatMap(([name, , text]) =>
        ['', '-m'].map(async (kind) => {
          const passed = await post(cluster, `${name}${kind}-open`, '', {
            ask: `${name}${kind}-open`,
          });
          expect([name, passed.status]).toEqual([name, 201]);
          const failed = await post(cluster, `${name}${kind}`, '', { ask: `${name}${kind}` });
          const status = await statusOf(failed);
          expect(status).toMatchObject({ code: 500, reason: 'InternalError' });
          expect(status.message).toContain(
            `Internal error occurred: failed calling webhook "${name}.example.com": ${text}`,
          );
        }),
      ),
    );
    const names = (await list(cluster, MAPS)).items
      .map((o) => o.metadata.name)
      .filter((name) => name !== 'kube-root-ca.crt');
    expect(new Set(names)).toEqual(
      new Set(MISBEHAVIOURS.flatMap(([name]) => [`${name}-m-open`, `${name}-open`])),
    );
  });

  it('HOOK-2: with a patch that does not fit are no use either', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, 'a', webhookOf(webhookURL('bad-patch'), CREATED));
    const status = await statusOf(await post(cluster, 'a'));
    expect(status.code).toBe(500);
    expect(status.message).not.toContain(FAILED);
  });

  it('HOOK-3: refuse with their own code and reason', async () => {
    const cluster = freshCluster();
    await validateBy(
      cluster,
      'a',
      labelled('teapot', webhookURL('deny-with-code', '418', 'Teapot'), { name: 'a.example.com' }),
      labelled('ok', webhookURL('deny-with-code', '200', 'Odd'), { name: 'b.example.com' }),
    );
    expect(await statusOf(await post(cluster, 'a', '', { ask: 'teapot' }))).toMatchObject({
      status: 'Failure',
      code: 418,
      reason: 'Teapot',
      message: 'admission webhook "a.example.com" denied the request: no',
    });
    expect(await statusOf(await post(cluster, 'a', '', { ask: 'ok' }))).toMatchObject({
      code: 400,
      reason: 'Odd',
    });
  });

  it('HOOK-4: warn the client, whether they allow or refuse', async () => {
    const cluster = freshCluster();
    await validateBy(
      cluster,
      'a',
      labelled('allow', webhookURL('warn', 'one', 'two'), { name: 'a.example.com' }),
      labelled('deny', webhookURL('warn-and-deny', 'three'), { name: 'b.example.com' }),
    );
    await mutateBy(cluster, 'a', webhookOf(webhookURL('warn', 'zero'), CREATED));
    const allowed = await post(cluster, 'a', '', { ask: 'allow' });
    expect(allowed.status).toBe(201);
    expect(allowed.headers.get('Warning')).toBe('299 - "zero", 299 - "one", 299 - "two"');
    const denied = await post(cluster, 'b', '', { ask: 'deny' });
    expect(denied.headers.get('Warning')).toBe('299 - "zero", 299 - "three"');
    expect((await statusOf(denied)).code).toBe(400);
  });

  it('HOOK-5: with audit annotations tell the client nothing of them', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, 'a', webhookOf(webhookURL('annotate', 'key', 'secret-value'), CREATED));
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('annotate', 'key', 'secret-value'), CREATED),
    );
    const response = await post(cluster, 'a');
    expect(response.status).toBe(201);
    expect(JSON.stringify([...response.headers])).not.toContain('secret-value');
    expect(await response.text()).not.toContain('secret-value');
  });

  it('HOOK-6: are asked about dry runs, which they are told of, and which store nothing', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, 'a', webhookOf(webhookURL('label', 'seen', 'yes'), CREATED));
    const dry = await post(cluster, 'a', '?dryRun=All');
    expect((await dry.json<KubernetesObject>()).metadata.labels).toEqual({ seen: 'yes' });
    expect((await call(cluster, 'GET', `${MAPS}/a`)).status).toBe(404);
    await validateBy(cluster, 'a', webhookOf(webhookURL('tell'), CREATED));
    const { message = '' } = await statusOf(await post(cluster, 'a', '?dryRun=All'));
    const told = JSON.parse(message.slice(message.indexOf('{'))) as object;
    expect(told).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
  });

  it('HOOK-7: are told what upstream tells', async () => {
    const cluster = freshCluster();
    await createAt(cluster, MAPS, configMap('a', { key: 'before' }));
    await validateBy(cluster, 'a', webhookOf(webhookURL('tell'), ['* configmaps']));
    const ask = async (method: string, path: string, body?: object): Promise<object> => {
      const { message = '' } = await statusOf(
        await call(cluster, method, path, {
          ...(body === undefined ? {} : { body }),
          headers: {
            'Impersonate-User': 'jane',
            'Impersonate-Group': 'system:masters',
            'User-Agent': 'teller/1.0',
            ...(method === 'PATCH' ? { 'Content-Type': 'application/merge-patch+json' } : {}),
          },
        }),
      );
      return JSON.parse(message.slice(message.indexOf('{'))) as object;
    };
    const common = {
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      namespace: 'default',
      userInfo: { username: 'jane', groups: ['system:masters', 'system:authenticated'] },
      dryRun: false,
    };
    expect(await ask('POST', MAPS, configMap('b', { key: 'new' }))).toEqual({
      ...common,
      name: 'b',
      operation: 'CREATE',
      object: expect.objectContaining({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { key: 'new' },
      }) as object,
      oldObject: null,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    });
    expect(await ask('PATCH', `${MAPS}/a`, { data: { key: 'after' } })).toMatchObject({
      ...common,
      name: 'a',
      operation: 'UPDATE',
      object: { data: { key: 'after' } },
      oldObject: { data: { key: 'before' } },
      options: { kind: 'PatchOptions' },
    });
    expect(await ask('DELETE', `${MAPS}/a?gracePeriodSeconds=3`)).toMatchObject({
      ...common,
      name: 'a',
      operation: 'DELETE',
      object: null,
      oldObject: { data: { key: 'before' } },
      options: { kind: 'DeleteOptions', gracePeriodSeconds: 3 },
    });
    const generated = (await ask('POST', MAPS, {
      metadata: { generateName: 'made-' },
    })) as { object: KubernetesObject };
    expect(generated.object.metadata.name).toMatch(/^made-.{5}$/);
  });
});
