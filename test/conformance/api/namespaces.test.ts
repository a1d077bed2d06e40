import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

interface Namespace extends KubernetesObject {
  spec: { finalizers: string[] };
  status: { phase: string; conditions?: object[] };
}

const NAMESPACES = '/api/v1/namespaces';
const make = (cluster: string, name: string) =>
  createAt<Namespace>(cluster, NAMESPACES, { metadata: { name } });

it('[sig-api-machinery] Namespaces should patch a Namespace [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  await make(cluster, 'a');
  await merge(cluster, `${NAMESPACES}/a`, { metadata: { labels: { testLabel: 'testValue' } } });
  expect((await get(cluster, `${NAMESPACES}/a`)).metadata.labels).toMatchObject({
    testLabel: 'testValue',
  });
});

it('[sig-api-machinery] Namespaces should apply an update to a Namespace [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  const made = await make(cluster, 'a');
  const labels = { ...made.metadata.labels, updated: 'yes' };
  await put(cluster, `${NAMESPACES}/a`, { ...made, metadata: { ...made.metadata, labels } });
  expect((await get(cluster, `${NAMESPACES}/a`)).metadata.labels).toEqual(labels);
});

it('[sig-api-machinery] Namespaces should apply changes to a namespace status [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  await make(cluster, 'a');
  const path = `${NAMESPACES}/a/status`;
  expect((await get<Namespace>(cluster, path)).status.phase).toBe('Active');
  const condition = (reason: string) => ({
    type: 'StatusPatch',
    status: 'True',
    reason,
    message: 'set by a test',
  });
  const patched = (await merge(cluster, path, {
    metadata: { annotations: { patched: 'yes' } },
    status: { conditions: [condition('Patch')] },
  })) as Namespace;
  expect(patched.status.conditions).toMatchObject([condition('Patch')]);
  const status = { ...patched.status, conditions: [condition('Update')] };
  const updated = (await put(cluster, path, { ...patched, status })) as Namespace;
  expect(updated.status.conditions).toMatchObject([condition('Update')]);
});

it('[sig-api-machinery] Namespaces should apply a finalizer to a Namespace [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  const made = await make(cluster, 'a');
  const path = `${NAMESPACES}/a/finalize`;
  const withFinalizers = (namespace: Namespace, finalizers: string[]) =>
    put(cluster, path, { ...namespace, spec: { finalizers } }) as Promise<Namespace>;
  const added = await withFinalizers(made, [...made.spec.finalizers, 'e2e.example.com/fake']);
  expect(added.spec.finalizers).toContain('e2e.example.com/fake');
  expect((await get<Namespace>(cluster, `${NAMESPACES}/a`)).spec).toEqual(added.spec);
  const removed = await withFinalizers(added, made.spec.finalizers);
  expect(removed.spec.finalizers).toEqual(['kubernetes']);
});

it('[sig-api-machinery] Namespaces should ensure that all services are removed when a namespace is deleted [Conformance] [Serial]', async () => {
  const cluster = freshCluster();
  await make(cluster, 'a');
  const services = `${NAMESPACES}/a/services`;
  await createAt(cluster, services, {
    metadata: { name: 's' },
    spec: { ports: [{ port: 80 }], selector: { app: 'a' } },
  });
  const watch = await APIWatch.open(
    cluster,
    `${NAMESPACES}?watch=1&fieldSelector=metadata.name%3Da`,
  );
  await call(cluster, 'DELETE', `${NAMESPACES}/a`);
  for (let frame = await watch.next(); frame?.type !== 'DELETED'; frame = await watch.next()) {
    expect(frame).not.toBeNull();
  }
  await watch.close();
  await make(cluster, 'a');
  expect((await list(cluster, services)).items).toEqual([]);
});

it('[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first [Conformance]', async () => {
  const cluster = freshCluster();
  await make(cluster, 'a');
  const pod = `${NAMESPACES}/a/pods/held`;
  await createAt(cluster, `${NAMESPACES}/a/pods`, {
    metadata: { name: 'held', finalizers: ['example.com/held'] },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  });
  await createAt(cluster, `${NAMESPACES}/a/configmaps`, { metadata: { name: 'kept' } });
  const watch = await APIWatch.open(
    cluster,
    `${NAMESPACES}?watch=1&fieldSelector=metadata.name%3Da`,
  );
  await call(cluster, 'DELETE', `${NAMESPACES}/a`);
  const until = async (isIt: (type: string, namespace: Namespace) => boolean) => {
    for (;;) {
      const frame = await watch.next();
      if (frame === null) throw new Error('the watch ended');
      if (isIt(frame.type, frame.object as Namespace)) return frame.object as Namespace;
    }
  };
  const waiting = await until((_type, { status }) => (status.conditions ?? []).length > 0);
  expect(waiting.status).toMatchObject({
    phase: 'Terminating',
    conditions: [
      { type: 'NamespaceDeletionDiscoveryFailure', status: 'False' },
      { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False' },
      { type: 'NamespaceDeletionContentFailure', status: 'False' },
      {
        type: 'NamespaceContentRemaining',
        status: 'True',
        message: 'Some resources are remaining: pods. has 1 resource instances',
      },
      { type: 'NamespaceFinalizersRemaining', status: 'True' },
    ],
  });
  expect((await get(cluster, `${NAMESPACES}/a/configmaps/kept`)).metadata.name).toBe('kept');
  await merge(cluster, pod, { metadata: { finalizers: null } });
  await until((type) => type === 'DELETED');
  await watch.close();
});
