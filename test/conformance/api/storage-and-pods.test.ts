import { expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { get, merge, put } from './lifecycle.ts';

const VOLUMES = '/api/v1/persistentvolumes';
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const PODS = '/api/v1/namespaces/default/pods';

const volume = (name: string) => ({
  metadata: { name, labels: { e2e: 'pv' } },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'none',
    hostPath: { path: '/srv/e2e' },
  },
});
const claim = (name: string) => ({
  metadata: { name, labels: { e2e: 'pvc' } },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'none',
    resources: { requests: { storage: '1Gi' } },
  },
});
const condition = (message: string) => ({
  type: 'StatusUpdate',
  status: 'True',
  reason: 'E2E',
  message,
});

/** Reads, changes and writes an object that a controller writes as well: who comes second reads again. */
const edit = (
  cluster: string,
  path: string,
  to: string,
  change: (object: KubernetesObject) => void,
): Promise<KubernetesObject> =>
  vi.waitFor(async () => {
    const object = await get(cluster, path);
    change(object);
    return put(cluster, to, object);
  });

it('[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC [Conformance]', async () => {
  const cluster = freshCluster();
  for (const [path, sample] of [
    [VOLUMES, volume],
    [CLAIMS, claim],
  ] as const) {
    const made = await createAt<KubernetesObject>(cluster, path, sample('a'));
    expect((await list(cluster, `${path}?labelSelector=e2e`)).items).toHaveLength(1);
    const patched = await merge(cluster, `${path}/a`, { metadata: { labels: { a: 'patched' } } });
    expect(patched.metadata.labels).toMatchObject({ a: 'patched' });
    expect((await get(cluster, `${path}/a`)).metadata.uid).toBe(made.metadata.uid);
    const watch = await APIWatch.open(cluster, `${path}?watch=1`);
    // What protects it while it is in use is taken off by a controller, a moment later.
    const gone = async () => {
      for (let frame = await watch.next(); frame?.type !== 'DELETED'; frame = await watch.next()) {
        expect(frame).not.toBeNull();
      }
    };
    await call(cluster, 'DELETE', `${path}/a`);
    await gone();
    expect((await call(cluster, 'GET', `${path}/a`)).status).toBe(404);
    await createAt<KubernetesObject>(cluster, path, sample('a'));
    const updated = await edit(cluster, `${path}/a`, `${path}/a`, ({ metadata }) => {
      metadata.labels = { ...metadata.labels, a: 'updated' };
    });
    expect(updated.metadata.labels).toEqual({ ...sample('a').metadata.labels, a: 'updated' });
    await call(cluster, 'DELETE', `${path}?labelSelector=a%3Dupdated`);
    await gone();
    await watch.close();
    expect((await list(cluster, path)).items).toEqual([]);
  }
});

it('[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status [Conformance]', async () => {
  const cluster = freshCluster();
  await createAt(cluster, VOLUMES, volume('a'));
  await createAt(cluster, CLAIMS, claim('a'));
  const claimStatus = `${CLAIMS}/a/status`;
  expect((await get(cluster, claimStatus)).metadata.name).toBe('a');
  const patched = await merge(cluster, claimStatus, {
    status: { conditions: [condition('patched')] },
  });
  expect(patched['status']).toMatchObject({ conditions: [condition('patched')] });
  const updated = await edit(cluster, `${CLAIMS}/a`, claimStatus, (object) => {
    Object.assign(object['status'] as object, { conditions: [condition('updated')] });
  });
  expect(updated['status']).toMatchObject({ conditions: [condition('updated')] });

  const volumeStatus = `${VOLUMES}/a/status`;
  const failed = await merge(cluster, volumeStatus, {
    status: { message: 'StatusPatched', reason: 'E2E patchStatus' },
  });
  expect(failed['status']).toMatchObject({ message: 'StatusPatched', reason: 'E2E patchStatus' });
  const next = await edit(cluster, `${VOLUMES}/a`, volumeStatus, (object) => {
    Object.assign(object['status'] as object, { message: 'StatusUpdated' });
  });
  expect(next['status']).toMatchObject({ message: 'StatusUpdated' });
});

it('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]', async () => {
  const cluster = freshCluster();
  const csi = { driver: 'inline.example.com', volumeAttributes: { a: 'b' } };
  await createAt(cluster, PODS, {
    metadata: { name: 'a' },
    spec: {
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', csi }],
    },
  });
  const read = await get(cluster, `${PODS}/a`);
  expect(read['spec']).toMatchObject({
    volumes: expect.arrayContaining([{ name: 'v', csi }]) as unknown,
  });
  const patched = await merge(cluster, `${PODS}/a`, { metadata: { labels: { a: 'patched' } } });
  expect(patched.metadata.labels).toEqual({ a: 'patched' });
  expect((await list(cluster, PODS)).items).toHaveLength(1);
  await call(cluster, 'DELETE', `${PODS}/a?gracePeriodSeconds=0`);
  expect((await list(cluster, PODS)).items).toEqual([]);
});

it('[sig-node] Sysctls [LinuxOnly] should reject invalid sysctls [Conformance] [NodeConformance]', async () => {
  const sysctls = [
    { name: 'foo-', value: 'bar' },
    { name: 'kernel.shmmax', value: '100000000' },
    { name: 'safe-and-unsafe', value: '100000000' },
    { name: 'bar..', value: '42' },
  ];
  const response = await call(freshCluster(), 'POST', PODS, {
    body: {
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', image: 'i' }], securityContext: { sysctls } },
    },
  });
  const { message = '' } = await statusOf(response);
  expect(message).toContain('Invalid value: "foo-"');
  expect(message).toContain('Invalid value: "bar.."');
  expect(message).not.toContain('safe-and-unsafe');
  expect(message).not.toContain('kernel.shmmax');
});

it('[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu [Conformance]', async () => {
  const amounts = { cpu: '100m', memory: '100Mi' };
  const made = await createAt<KubernetesObject>(freshCluster(), PODS, {
    metadata: { name: 'a' },
    spec: {
      containers: [{ name: 'c', image: 'i', resources: { limits: amounts, requests: amounts } }],
    },
  });
  expect(made['status']).toMatchObject({ qosClass: 'Guaranteed' });
});
