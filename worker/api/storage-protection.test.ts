import { expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { call } from '../../test/workerd/api.ts';
import { createNamespace, freshCluster } from '../../test/workerd/stores.ts';

const SPEC = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const VOLUME = {
  accessModes: ['ReadWriteOnce'],
  capacity: { storage: '1Gi' },
  hostPath: { path: '/data' },
};

async function json(cluster: string, method: string, path: string, body?: object) {
  const response = await call(cluster, method, path, body === undefined ? {} : { body });
  return { code: response.status, object: await response.json<KubernetesObject>() };
}

it('claims and volumes that nothing uses are gone soon after they are deleted', async () => {
  const cluster = freshCluster();
  await createNamespace(cluster, 'shop');
  const objects = [
    ['/api/v1/namespaces/shop/persistentvolumeclaims', SPEC],
    ['/api/v1/persistentvolumes', VOLUME],
  ] as const;
  for (const [path, spec] of objects) {
    const made = await json(cluster, 'POST', path, { metadata: { name: 'data' }, spec });
    expect(made.code).toBe(201);
    expect(made.object.metadata.finalizers).toHaveLength(1);
    await json(cluster, 'DELETE', `${path}/data`);
    await vi.waitFor(async () => {
      expect((await json(cluster, 'GET', `${path}/data`)).code).toBe(404);
    });
  }
});

it('a claim that a pod uses goes with the pod', async () => {
  const cluster = freshCluster();
  await createNamespace(cluster, 'shop');
  const base = '/api/v1/namespaces/shop';
  const claims = `${base}/persistentvolumeclaims`;
  await json(cluster, 'POST', claims, { metadata: { name: 'data' }, spec: SPEC });
  const pod = await json(cluster, 'POST', `${base}/pods`, {
    metadata: { name: 'web' },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: 'nginx' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
    },
  });
  expect(pod.code).toBe(201);
  const deleted = await json(cluster, 'DELETE', `${claims}/data`);
  expect(deleted.object.metadata.deletionTimestamp).toBeDefined();
  expect((await json(cluster, 'GET', `${claims}/data`)).code).toBe(200);
  await json(cluster, 'DELETE', `${base}/pods/web?gracePeriodSeconds=0`);
  await vi.waitFor(async () => {
    expect((await json(cluster, 'GET', `${claims}/data`)).code).toBe(404);
  });
});
