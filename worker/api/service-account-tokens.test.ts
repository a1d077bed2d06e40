import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { call, mintToken, statusOf } from '../../test/workerd/api.ts';
import { createAt } from '../../test/workerd/definitions.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

interface Token extends KubernetesObject {
  status: { token: string; expirationTimestamp: string };
}

interface Review extends KubernetesObject {
  status: {
    authenticated?: boolean;
    error?: string;
    user: { username?: string };
    audiences?: string[];
  };
}

const request = (cluster: string, spec: object = {}, name = 'default') =>
  call(cluster, 'POST', `${ACCOUNTS}/${name}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  });

async function tokenOf(cluster: string, spec: object = {}, name?: string): Promise<string> {
  const response = await request(cluster, spec, name);
  if (!response.ok) throw new Error(JSON.stringify(await statusOf(response)));
  return (await response.json<Token>()).status.token;
}

const review = (cluster: string, token: string, audiences?: string[]) =>
  createAt<Review>(cluster, REVIEWS, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, ...(audiences === undefined ? {} : { audiences }) },
  });

const pod = (name: string, account = 'default') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { serviceAccountName: account, containers: [{ name: 'c', image: 'i' }] },
});

describe('tokens of ServiceAccounts', () => {
  it('TOKEN-1: are JWTs that say whose they are, and for whom and how long', async () => {
    const cluster = freshCluster();
    const response = await request(cluster, { expirationSeconds: 600, audiences: ['a', 'b'] });
    expect(response.status).toBe(201);
    const { status, metadata, spec } = await response.json<Token>();
    expect(metadata).toMatchObject({ name: 'default', namespace: 'default' });
    expect(spec).toMatchObject({ expirationSeconds: 600, audiences: ['a', 'b'] });
    const claims = decodeJwt(status.token);
    expect(claims).toMatchObject({
      aud: ['a', 'b'],
      sub: 'system:serviceaccount:default:default',
      iss: 'https://kubernetes.default.svc.cluster.local',
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'default' } },
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
    expect(Date.parse(status.expirationTimestamp)).toBe((claims.exp ?? 0) * 1000);
  });

  it('TOKEN-2: let their accounts in, as the users and groups that they are', async () => {
    const cluster = freshCluster();
    const token = await tokenOf(cluster);
    const response = await call(
      cluster,
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
        headers: { Authorization: `Bearer ${token}` },
      },
    );
    const { status } = await response.json<{ status: { userInfo: object } }>();
    expect(status.userInfo).toMatchObject({
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    const refused = await call(cluster, 'GET', '/api/v1/namespaces/default/secrets', {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(await statusOf(refused)).toMatchObject({
      code: 403,
      message:
        'secrets is forbidden: User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default"',
    });
  });

  it('TOKEN-3: are reviewed for the audiences that are asked about', async () => {
    const cluster = freshCluster();
    const own = await tokenOf(cluster);
    expect((await review(cluster, own)).status).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:default' },
      audiences: ['https://kubernetes.default.svc.cluster.local'],
    });
    const other = await tokenOf(cluster, { audiences: ['vault'] });
    expect((await review(cluster, other)).status).toMatchObject({
      user: {},
      error: expect.any(String),
    });
    expect((await review(cluster, other, ['vault', 'x'])).status).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
    });
    expect((await review(freshCluster(), own)).status.authenticated).toBeUndefined();
  });

  it('TOKEN-4: that are bound to a pod end with it', async () => {
    const cluster = freshCluster();
    const path = '/api/v1/namespaces/default/pods';
    const { metadata } = await createAt<KubernetesObject>(cluster, path, pod('p'));
    const bound = {
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: metadata.uid },
    };
    const token = await tokenOf(cluster, bound);
    expect((await review(cluster, token)).status).toMatchObject({
      authenticated: true,
      user: { extra: { 'authentication.kubernetes.io/pod-name': ['p'] } },
    });
    await call(cluster, 'DELETE', `${path}/p?gracePeriodSeconds=0`);
    const again = await tokenOf(cluster, {}, 'default');
    expect((await review(cluster, again)).status.authenticated).toBe(true);
    // What was found good counts for ten seconds; a token that was not asked about does not.
    const unseen = await request(cluster, bound);
    expect(await statusOf(unseen)).toMatchObject({ code: 404, message: 'pods "p" not found' });
  });

  it.each([
    [{ expirationSeconds: 599 }, 422, 'may not specify a duration less than 10 minutes'],
    [
      { expirationSeconds: 2 ** 32 + 1 },
      422,
      'may not specify a duration larger than 2^32 seconds',
    ],
    [{ boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } }, 400, 'cannot bind'],
    [
      { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'x' } },
      404,
      'secrets "x" not found',
    ],
  ])('TOKEN-5: are not made of %j', async (spec, code, text) => {
    const status = await statusOf(await request(freshCluster(), spec));
    expect(status.code).toBe(code);
    expect(status.message).toContain(text);
  });

  it('TOKEN-6: are bound to pods of the same account, and of the same uid, only', async () => {
    const cluster = freshCluster();
    const path = '/api/v1/namespaces/default/pods';
    await createAt(cluster, ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'other' },
    });
    await createAt(cluster, path, pod('p', 'other'));
    const bind = (uid?: string) => ({
      boundObjectRef: {
        kind: 'Pod',
        apiVersion: 'v1',
        name: 'p',
        ...(uid === undefined ? {} : { uid }),
      },
    });
    expect(await statusOf(await request(cluster, bind()))).toMatchObject({ code: 400 });
    expect(await statusOf(await request(cluster, bind('nope'), 'other'))).toMatchObject({
      code: 409,
    });
    expect((await request(cluster, bind(), 'other')).status).toBe(201);
  });

  it('TOKEN-8: are given to nodes for the pods that they run, as their volumes have it', async () => {
    const cluster = freshCluster();
    const { metadata } = await createAt<KubernetesObject>(
      cluster,
      '/api/v1/namespaces/default/pods',
      { ...pod('p'), spec: { ...pod('p').spec, nodeName: 'edge' } },
    );
    const ask = (node: string, audiences?: string[]) =>
      call(cluster, 'POST', `${ACCOUNTS}/default/token`, {
        headers: {
          'Impersonate-User': `system:node:${node}`,
          'Impersonate-Group': 'system:nodes',
        },
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: metadata.uid },
            ...(audiences === undefined ? {} : { audiences }),
          },
        },
      });
    const given = await ask('edge');
    expect(given.status).toBe(201);
    expect((await given.json<Token>()).spec).toMatchObject({
      audiences: ['https://kubernetes.default.svc.cluster.local'],
    });
    expect(await statusOf(await ask('edge', ['vault']))).toMatchObject({
      code: 403,
      message: expect.stringContaining('audience "vault" not found in pod spec volume'),
    });
    expect((await ask('other')).status).toBe(403);
  });

  it("TOKEN-7: can be checked by anybody who finds the keys by the issuer's configuration", async () => {
    const cluster = freshCluster();
    const configuration = await call(cluster, 'GET', '/.well-known/openid-configuration');
    const document = await configuration.json<{ issuer: string; jwks_uri: string }>();
    expect(document).toMatchObject({
      issuer: 'https://kubernetes.default.svc.cluster.local',
      id_token_signing_alg_values_supported: ['ES256'],
    });
    expect(document.jwks_uri.endsWith(`/clusters/${cluster}/openid/v1/jwks`)).toBe(true);
    const keys = await call(cluster, 'GET', '/openid/v1/jwks');
    expect(keys.headers.get('Content-Type')).toBe('application/jwk-set+json');
    const set = createLocalJWKSet(await keys.json<JSONWebKeySet>());
    const token = await tokenOf(cluster);
    await expect(jwtVerify(token, set, { issuer: document.issuer })).resolves.toBeDefined();
    expect(
      (await call(cluster, 'GET', '/openid/v1/jwks', { token: await mintToken({ groups: [] }) }))
        .status,
    ).toBe(403);
  });
});
