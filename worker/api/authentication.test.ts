import { listDurableObjectIds } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { EnrolResponse } from '../../apimachinery/agent-protocol.ts';
import { call, mintToken, statusOf } from '../../test/workerd/api.ts';
import { enrolNode } from '../../test/workerd/enrolled-node.ts';
import { env } from '../../test/workerd/env.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

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
