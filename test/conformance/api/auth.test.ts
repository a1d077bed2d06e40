import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, objectOf } from './lifecycle.ts';

const DEFAULT = '/api/v1/namespaces/default';
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const ACCOUNTS = `${DEFAULT}/serviceaccounts`;

const tokenOf = async (cluster: string, account: string): Promise<string> => {
  const { status } = await createAt<{ status: { token: string } }>(
    cluster,
    `${ACCOUNTS}/${account}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  );
  return status.token;
};

it('[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview [Conformance]', async () => {
  const cluster = freshCluster();
  const { metadata } = await createAt<KubernetesObject>(cluster, ACCOUNTS, {
    metadata: { name: 'sa' },
  });
  const token = await tokenOf(cluster, 'sa');
  const review = await createAt<KubernetesObject>(
    cluster,
    '/apis/authentication.k8s.io/v1/tokenreviews',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
  );
  expect(review['status']).toMatchObject({
    authenticated: true,
    user: { username: 'system:serviceaccount:default:sa', uid: metadata.uid },
  });
  expect((review['status'] as { error?: string }).error).toBeUndefined();
});

it('[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, ACCOUNTS, { metadata: { name: 'sa' } });
  const token = await tokenOf(cluster, 'sa');
  // What the account's own token gets to see, as a pod would.
  const fetchAs = async <T>(path: string) =>
    objectOf<T>(await call(cluster, 'GET', path, { token }));
  const { issuer, jwks_uri: keysURL } = await fetchAs<{ issuer: string; jwks_uri: string }>(
    '/.well-known/openid-configuration',
  );
  expect(new URL(keysURL).pathname).toMatch(/\/openid\/v1\/jwks$/);
  const keys = createLocalJWKSet(await fetchAs<JSONWebKeySet>('/openid/v1/jwks'));
  const { payload } = await jwtVerify(token, keys, { issuer });
  expect(payload.sub).toBe('system:serviceaccount:default:sa');
});

it('[sig-auth] SubjectReview should support SubjectReview API operations [Conformance]', async () => {
  interface Review {
    status: { allowed: boolean };
  }
  const cluster = freshCluster();
  await createAt(cluster, ACCOUNTS, { metadata: { name: 'sa' } });
  const user = 'system:serviceaccount:default:sa';
  const groups = ['system:serviceaccounts', 'system:authenticated'];
  const list = { verb: 'list', resource: 'configmaps', namespace: 'default' };
  const asked = async (path: string): Promise<boolean> => {
    const spec = { user, groups, resourceAttributes: list };
    return (await createAt<Review>(cluster, `${AUTHORIZATION}/${path}`, { spec })).status.allowed;
  };
  const reallyMay = async (): Promise<boolean> => {
    const response = await call(cluster, 'GET', `${DEFAULT}/configmaps`, {
      headers: { 'Impersonate-User': user },
    });
    await response.body?.cancel();
    return response.status === 200;
  };
  const REVIEWS = ['subjectaccessreviews', 'namespaces/default/localsubjectaccessreviews'];
  for (const path of REVIEWS) expect(await asked(path)).toBe(await reallyMay());
  expect(await reallyMay()).toBe(false);
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
  await createAt(cluster, rbac, {
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'sa', namespace: 'default' }],
  });
  expect((await get(cluster, `${rbac}/viewer`)).metadata.name).toBe('viewer');
  for (const path of REVIEWS) expect(await asked(path)).toBe(true);
  expect(await reallyMay()).toBe(true);
});
