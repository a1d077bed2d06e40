import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const service = (name: string, labels: object) => ({
  metadata: { name, labels },
  spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 80 }] },
});

it('[sig-network] Services should delete a collection of services [Conformance]', async () => {
  const cluster = freshCluster();
  for (const name of ['a', 'b']) await createAt(cluster, SERVICES, service(name, { set: 'yes' }));
  await createAt(cluster, SERVICES, service('c', { set: 'no' }));
  await call(cluster, 'DELETE', `${SERVICES}?labelSelector=set%3Dyes`);
  expect(
    (await list(cluster, `${SERVICES}?labelSelector=set`)).items.map((o) => o.metadata.name),
  ).toEqual(['c']);
});

it('[sig-network] Services should complete a service status lifecycle [Conformance]', async () => {
  const cluster = freshCluster();
  const made = await createAt<KubernetesObject>(cluster, SERVICES, {
    ...service('a', { 'test-service-static': 'true' }),
    spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
  });
  const watch = await APIWatch.open(
    cluster,
    `${SERVICES}?watch=1&labelSelector=test-service-static%3Dtrue&resourceVersion=${made.metadata.resourceVersion}`,
  );
  expect((await get(cluster, `${SERVICES}/a/status`)).metadata.uid).toBe(made.metadata.uid);
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } };
  const patched = await merge(cluster, `${SERVICES}/a/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status,
  });
  expect(patched['status']).toMatchObject({
    loadBalancer: { ingress: [{ ip: '203.0.113.1' }] },
  });
  const conditions = [
    {
      type: 'StatusUpdate',
      status: 'True',
      reason: 'E2E',
      message: 'Set from e2e test',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];
  const updated = await put(cluster, `${SERVICES}/a/status`, {
    ...patched,
    status: { ...(patched['status'] as object), conditions },
  });
  expect(updated['status']).toMatchObject({ conditions });
  const labelled = await merge(cluster, `${SERVICES}/a`, {
    metadata: { labels: { 'test-service': 'patched' } },
  });
  expect(labelled.metadata.labels).toMatchObject({ 'test-service': 'patched' });
  await call(cluster, 'DELETE', `${SERVICES}/a`);
  expect((await watch.take(4)).map(({ type }) => type)).toEqual([
    'MODIFIED',
    'MODIFIED',
    'MODIFIED',
    'DELETED',
  ]);
  await watch.close();
});
