import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { rawRequest } from './harness/raw-request.ts';

const DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

describeWithKubectl('tokens of ServiceAccounts in pods', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('service-accounts');
  });
  afterAll(() => cluster?.stop());

  async function given(manifest: Record<string, unknown>) {
    const namespace = await cluster.namespace();
    const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await output('create', 'serviceaccount', 'robot');
    await cluster.apply(namespace, manifest);
    await output('wait', '--for=condition=Ready', 'pod/p', '--timeout=60s');
    const read = (path: string) => output('exec', 'p', '--', 'cat', path);
    return { namespace, output, read };
  }

  /** Whose the API server takes the token to be. */
  async function reviewed(token: string, audiences?: string[]) {
    const review = await cluster.client.json<KubernetesObject>(
      'POST',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audiences === undefined ? {} : { audiences }) },
      },
    );
    return review.status;
  }

  it.concurrent('[sig-auth] ServiceAccounts should mount an API token into pods [Conformance]', async () => {
    const { namespace, output, read } = await given(
      pod('p', { serviceAccountName: 'robot', containers: [container()] }),
    );
    const token = await read(`${DIRECTORY}/token`);
    const username = `system:serviceaccount:${namespace}:robot`;
    expect(await reviewed(token)).toMatchObject({
      authenticated: true,
      user: {
        username,
        extra: { 'authentication.kubernetes.io/pod-name': ['p'] },
      },
    });
    const [iat = 0, exp = 0] = [decodeJwt(token).iat, decodeJwt(token).exp];
    expect(exp - iat).toBe(3607);
    expect(await read(`${DIRECTORY}/namespace`)).toBe(namespace);
    const { ca } = cluster.connection;
    expect(await read(`${DIRECTORY}/ca.crt`)).toBe(ca);
    const published = 'jsonpath={.data.ca\\.crt}';
    expect(await output('get', 'configmap', 'kube-root-ca.crt', '-o', published)).toBe(ca);
    const { code, body } = await rawRequest(cluster.connection, {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/secrets`,
      token,
    });
    expect({ code, message: body['message'] }).toMatchObject({
      code: 403,
      message: expect.stringContaining(`User "${username}" cannot list resource "secrets"`),
    });
    expect(await output('describe', 'pod', 'p')).toMatch(
      /kube-api-access-\w{5}:\n +Type: +Projected \(a volume that contains injected data from multiple sources\)\n +TokenExpirationSeconds: +3607\n +ConfigMapName: +kube-root-ca.crt/,
    );
    expect(await output('get', 'events', '-o', 'jsonpath={.items[*].reason}')).not.toContain(
      'FailedMount',
    );
  });

  it.concurrent('[sig-auth] ServiceAccounts should mount projected service account token [Conformance]', async () => {
    const source = { path: 'token', audience: 'vault', expirationSeconds: 600 };
    const { namespace, output, read } = await given(
      pod('p', {
        serviceAccountName: 'robot',
        automountServiceAccountToken: false,
        securityContext: { runAsUser: 1234, fsGroup: 5678 },
        containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/var/run/vault' }] })],
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: source }] } }],
      }),
    );
    const token = await read('/var/run/vault/token');
    expect(await reviewed(token, ['vault'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: `system:serviceaccount:${namespace}:robot` },
    });
    expect(await reviewed(token)).not.toHaveProperty('authenticated');
    const access = ['exec', 'p', '--', 'stat', '-L', '-c', '%a %u %g', '/var/run/vault/token'];
    expect((await output(...access)).trim()).toBe('640 1234 5678');
  });
});
