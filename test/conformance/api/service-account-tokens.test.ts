import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge } from './lifecycle.ts';

/** As vitest.config.ts binds it. */
const ROOT_CA = 'certificates that only tests use';
const NAME = 'kube-root-ca.crt';

interface ConfigMap extends KubernetesObject {
  data: Record<string, string>;
}

interface Pod extends KubernetesObject {
  spec: {
    volumes?: { name: string; projected: { sources: object[] } }[];
    containers: { volumeMounts?: { name: string; readOnly: boolean; mountPath: string }[] }[];
  };
}

it('[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const path = '/api/v1/namespaces/shop/configmaps';
  const watch = await APIWatch.open(
    cluster,
    `${path}?watch=1&fieldSelector=metadata.name%3D${NAME}`,
  );
  const [made] = await watch.take(1);
  expect(made).toMatchObject({ type: 'ADDED', object: { data: { 'ca.crt': ROOT_CA } } });
  expect(made?.object.metadata.annotations?.['kubernetes.io/description']).toBeTruthy();

  await call(cluster, 'DELETE', `${path}/${NAME}`);
  expect((await watch.take(2)).map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
  const again = await get<ConfigMap>(cluster, `${path}/${NAME}`);
  expect(again.metadata.uid).not.toBe(made?.object.metadata.uid);
  expect(again.data).toEqual({ 'ca.crt': ROOT_CA });

  await merge(cluster, `${path}/${NAME}`, {
    metadata: { labels: { team: 'a' } },
    data: { 'ca.crt': 'other', more: 'text' },
  });
  const edits = await watch.take(2);
  expect(edits.map(({ object }) => (object as ConfigMap).data)).toEqual([
    { 'ca.crt': 'other', more: 'text' },
    { 'ca.crt': ROOT_CA },
  ]);
  expect(edits[1]?.object.metadata.labels).toEqual({ team: 'a' });
  await watch.close();
});

it('[sig-auth] ServiceAccounts should allow opting out of API token automount [Conformance]', async () => {
  const cluster = freshCluster();
  const choices = [undefined, true, false];
  const root = '/api/v1/namespaces/default';
  for (const ofAccount of choices) {
    const account = `account-${ofAccount}`;
    await createAt(cluster, `${root}/serviceaccounts`, {
      metadata: { name: account },
      ...automount(ofAccount),
    });
    for (const ofPod of choices) {
      const pod = await createAt<Pod>(cluster, `${root}/pods`, {
        metadata: { name: `${account}-${ofPod}` },
        spec: {
          serviceAccountName: account,
          containers: [{ name: 'c', image: 'i' }],
          ...automount(ofPod),
        },
      });
      const want = ofPod ?? ofAccount ?? true;
      expect(mountedTokens(pod), `${account}, pod ${ofPod}`).toHaveLength(want ? 1 : 0);
    }
  }
});

const automount = (choice: boolean | undefined): object =>
  choice === undefined ? {} : { automountServiceAccountToken: choice };

/** Mounts, at the place where client libraries look, of volumes that show a token. */
function mountedTokens({ spec }: Pod): object[] {
  const volumes = (spec.volumes ?? []).filter(({ projected }) =>
    projected.sources.some((source) => 'serviceAccountToken' in source),
  );
  return spec.containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount')
    .filter(({ name }) => volumes.some((volume) => volume.name === name));
}
