import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { call } from '../../test/workerd/api.ts';
import { createAt } from '../../test/workerd/definitions.ts';
import { until } from '../../test/workerd/policy.ts';
import { freshCluster } from '../../test/workerd/stores.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

interface Secret extends KubernetesObject {
  data?: Record<string, string>;
}

const ask = (name: string, account: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
  type: 'kubernetes.io/service-account-token',
});

async function read(cluster: string, name: string): Promise<Secret | null> {
  const response = await call(cluster, 'GET', `${SECRETS}/${name}`);
  return response.ok ? response.json<Secret>() : null;
}

/** The token that a Secret is given. */
async function tokenOf(cluster: string, name: string, account = 'default'): Promise<string> {
  await createAt(cluster, SECRETS, ask(name, account));
  return until(`the token of ${name}`, async () => {
    const { data } = (await read(cluster, name)) ?? {};
    return data?.['token'] === undefined ? null : atob(data['token']);
  });
}

const whoIs = (cluster: string, token: string) =>
  call(cluster, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {}, token });

describe('tokens in Secrets', () => {
  it('TOKEN-9: are made for Secrets that ask for them, and let their accounts in', async () => {
    const cluster = freshCluster();
    const token = await tokenOf(cluster, 'lasting');
    const { data, metadata } = (await read(cluster, 'lasting')) ?? { metadata: {} };
    expect(atob(data?.['namespace'] ?? '')).toBe('default');
    expect(atob(data?.['ca.crt'] ?? '')).toBe('certificates that only tests use');
    const account = await call(cluster, 'GET', `${ACCOUNTS}/default`);
    const { metadata: owner } = await account.json<KubernetesObject>();
    expect(metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(owner.uid);
    const response = await whoIs(cluster, token);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:default:default', uid: owner.uid } },
    });
  });

  it('TOKEN-10: end with their Secret, and Secrets end with their account', async () => {
    const cluster = freshCluster();
    const token = await tokenOf(cluster, 'short');
    await (await call(cluster, 'DELETE', `${SECRETS}/short`)).body?.cancel();
    expect((await whoIs(cluster, token)).status).toBe(401);
    await createAt(cluster, ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    });
    const other = await tokenOf(cluster, 'robot', 'robot');
    await (await call(cluster, 'DELETE', `${ACCOUNTS}/robot`)).body?.cancel();
    await until('the end of the Secret', async () =>
      (await read(cluster, 'robot')) === null ? true : null,
    );
    expect((await whoIs(cluster, other)).status).toBe(401);
    expect((await whoIs(freshCluster(), token)).status).toBe(401);
  });
});
