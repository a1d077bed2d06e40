import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { serviceAccount } from './service-account.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

const pod = (spec: object = {}, annotations?: object): KubernetesObject => ({
  metadata: { name: 'web', ...(annotations === undefined ? {} : { annotations }) } as object,
  spec: { containers: [{ name: 'c' }], ...spec },
});

const account = (more: object = {}): object => ({ metadata: { name: 'default' }, ...more });

const contextWith = (...accounts: object[]) => contextOf({ serviceaccounts: accounts });

function admitted(object: KubernetesObject, ...accounts: object[]): Record<string, unknown> {
  serviceAccount.admit?.(request('pods', { object }), contextWith(...accounts));
  return object.spec as Record<string, unknown>;
}

const refusal = (object: KubernetesObject, ...accounts: object[]): string | null =>
  refusalOf(serviceAccount, request('pods', { object }), contextWith(...accounts));

describe('the account of a pod', () => {
  it('is the default one, with its pull secrets', () => {
    const imagePullSecrets = [{ name: 'registry' }];
    expect(admitted(pod(), account({ imagePullSecrets }))).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets,
    });
    const own = [{ name: 'own' }];
    expect(admitted(pod({ imagePullSecrets: own }), account({ imagePullSecrets }))).toMatchObject({
      imagePullSecrets: own,
    });
  });

  it('has to be there', () => {
    expect(refusal(pod({ serviceAccountName: 'bot' }), account())).toBe(
      'pods "web" is forbidden: error looking up service account shop/bot: serviceaccount "bot" not found',
    );
  });
});

describe('the token of the account', () => {
  it('is mounted in every container that has nothing at its place', () => {
    const mounted = { name: 'own', mountPath: MOUNT_PATH };
    const spec = admitted(
      pod({
        initContainers: [{ name: 'i' }],
        containers: [{ name: 'c' }, { name: 'd', volumeMounts: [mounted] }],
      }),
      account(),
    );
    const mount = { name: 'kube-api-access-x7k2p', readOnly: true, mountPath: MOUNT_PATH };
    expect(spec).toMatchObject({
      initContainers: [{ volumeMounts: [mount] }],
      containers: [{ volumeMounts: [mount] }, { volumeMounts: [mounted] }],
    });
    expect(spec['volumes']).toEqual([
      {
        name: 'kube-api-access-x7k2p',
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [
                  {
                    path: 'namespace',
                    fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                  },
                ],
              },
            },
          ],
        },
      },
    ]);
  });

  it('comes from a volume that is there already', () => {
    const volumes = [{ name: 'kube-api-access-abcde', projected: {} }];
    const spec = admitted(pod({ volumes }), account());
    expect(spec).toMatchObject({
      volumes,
      containers: [{ volumeMounts: [{ name: 'kube-api-access-abcde' }] }],
    });
  });

  it.each<[ofPod: boolean | undefined, ofAccount: boolean | undefined, want: boolean]>([
    [undefined, undefined, true],
    [undefined, false, false],
    [true, false, true],
    [false, true, false],
  ])('is wanted as the pod says (%s), then the account (%s): %s', (ofPod, ofAccount, want) => {
    const spec = admitted(
      pod(ofPod === undefined ? {} : { automountServiceAccountToken: ofPod }),
      account(ofAccount === undefined ? {} : { automountServiceAccountToken: ofAccount }),
    );
    expect(spec['volumes'] !== undefined).toBe(want);
  });
});

describe('the image of a pod that a node has from elsewhere', () => {
  const MIRROR = { 'kubernetes.io/config.mirror': 'x' };

  it.each<[spec: object, want: string | null]>([
    [{}, null],
    [{ serviceAccountName: 'bot' }, 'a mirror pod may not reference service accounts'],
    [
      { volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } }] },
      'a mirror pod may not reference secrets',
    ],
    [
      {
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
      },
      'a mirror pod may not use ServiceAccountToken volume projections',
    ],
  ])('%j: %s', (spec, want) => {
    const object = pod(spec, MIRROR);
    expect(refusal(object, account())).toBe(
      want === null ? null : `pods "web" is forbidden: ${want}`,
    );
    expect(object.spec).toEqual({ containers: [{ name: 'c' }], ...spec });
  });
});

describe('an account that enforces what may be mounted', () => {
  const strict = account({
    metadata: {
      name: 'default',
      annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
    },
    secrets: [{ name: 'known' }],
    imagePullSecrets: [{ name: 'pull' }],
  });
  const env = (name: string): object => ({
    name: 'c',
    env: [{ name: 'E', valueFrom: { secretKeyRef: { name, key: 'k' } } }],
  });
  const REST = 'is not allowed because service account default does not reference that';

  it.each<[spec: object, want: string | null]>([
    [{ containers: [env('known')], imagePullSecrets: [{ name: 'pull' }] }, null],
    [
      { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
      `volume with secret.secretName="other" ${REST} secret`,
    ],
    [
      { containers: [env('other')] },
      `container c with envVar E referencing secret.secretName="other" ${REST} secret`,
    ],
    [
      { initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'other' } }] }] },
      `init container i with envFrom referencing secret.secretName="other" ${REST} secret`,
    ],
    [
      { imagePullSecrets: [{ name: 'other' }] },
      `imagePullSecrets[0].name="other" ${REST} imagePullSecret`,
    ],
  ])('%j: %s', (spec, want) => {
    expect(refusal(pod(spec), strict)).toBe(
      want === null ? null : `pods "web" is forbidden: ${want}`,
    );
  });

  it('is asked about ephemeral containers too', () => {
    const object = pod({ serviceAccountName: 'default', ephemeralContainers: [env('other')] });
    const given = { operation: 'UPDATE', subresource: 'ephemeralcontainers', object } as const;
    expect(refusalOf(serviceAccount, request('pods', given), contextWith(strict))).toBe(
      `ephemeral container c with envVar E referencing secret.secretName="other" ${REST} secret`,
    );
    expect(refusalOf(serviceAccount, request('pods', given), contextWith(account()))).toBeNull();
  });
});
