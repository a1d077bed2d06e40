import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { claim, container, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

const mounted = (claimName: string, fields: object = {}) => ({
  containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data', ...fields }] })],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
});

const statefulSet = (fields: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    replicas: 2,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim('data')['spec'] }],
    ...fields,
  },
});

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describeWithKubectl('persistent volumes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('volumes');
  });
  afterAll(() => cluster?.stop());

  async function given(...manifests: object[]) {
    const namespace = await cluster.namespace();
    for (const manifest of manifests) await cluster.apply(namespace, manifest);
    const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const ready = (name: string) =>
      output('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    const volumeOf = async (name: string) =>
      output('get', 'pvc', name, '-o', 'jsonpath={.spec.volumeName}');
    const directoryOf = async (volume: string) =>
      output('get', 'pv', volume, '-o', 'jsonpath={.spec.local.path}');
    const isGone = async (what: string, name: string) =>
      (await output('get', what, name, '--ignore-not-found')) === '';
    const event = (name: string, reason: string) =>
      until(`event ${reason} of ${name}`, async () => {
        const selector = `involvedObject.name=${name},reason=${reason}`;
        const template = 'jsonpath={.items[*].message}';
        return output('get', 'events', '--field-selector', selector, '-o', template);
      });
    return { namespace, output, ready, volumeOf, directoryOf, isGone, event };
  }

  it.concurrent('a StatefulSet gets its data back after the deletion of its pod', async () => {
    const { namespace, output, volumeOf } = await given(statefulSet());
    await output('rollout', 'status', 'statefulset/db', '--timeout=60s');
    await output('exec', 'db-0', '--', 'sh', '-c', 'echo first > /data/text');
    await output('exec', 'db-1', '--', 'sh', '-c', 'echo second > /data/text');
    const uid = await output('get', 'pod', 'db-0', '-o', 'jsonpath={.metadata.uid}');
    await output('delete', 'pod', 'db-0');
    await until('another db-0 is ready', async () => {
      const pods = await output('get', 'pod', 'db-0', '-o', 'jsonpath={.metadata.uid} {.status}');
      return !pods.startsWith(uid) && pods.includes('"type":"Ready"');
    });
    await output('wait', '--for=condition=Ready', 'pod/db-0', '--timeout=60s');
    expect(await output('exec', 'db-0', '--', 'cat', '/data/text')).toBe('first\n');
    expect(await output('exec', 'db-1', '--', 'cat', '/data/text')).toBe('second\n');

    const volume = await volumeOf('data-db-0');
    expect(volume).toMatch(/^pvc-/);
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    const [columns, first] = lines(await output('get', 'pvc', 'data-db-0'));
    expect(columns?.slice(0, 6)).toEqual([
      'NAME',
      'STATUS',
      'VOLUME',
      'CAPACITY',
      'ACCESS MODES',
      'STORAGECLASS',
    ]);
    expect(first?.slice(0, 6)).toEqual(['data-db-0', 'Bound', volume, '10Mi', 'RWO', 'local-path']);
    const [, row] = lines(await output('get', 'pv', volume));
    const owner = `${namespace}/data-db-0`;
    expect(row?.slice(0, 7)).toEqual([
      volume,
      '10Mi',
      'RWO',
      'Delete',
      'Bound',
      owner,
      'local-path',
    ]);
    const described = await output('describe', 'pvc', 'data-db-0');
    expect(described).toMatch(/^Status: +Bound$/m);
    expect(described).toMatch(/^Used By: +db-0$/m);
    expect(described).toMatch(
      /WaitForPodScheduled +\S+ +persistentvolume-controller +waiting for pod db-0 to be scheduled/,
    );
    expect(described).toMatch(
      /ProvisioningSucceeded +\S+ +persistentvolume-controller +Successfully provisioned volume pvc-/,
    );
  });

  it.concurrent('a StatefulSet that deletes its claims leaves no claim, volume or directory', async () => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Retain' };
    const set = statefulSet({ replicas: 1, persistentVolumeClaimRetentionPolicy });
    const { output, volumeOf, directoryOf, isGone } = await given(set);
    await output('rollout', 'status', 'statefulset/db', '--timeout=60s');
    await output('exec', 'db-0', '--', 'sh', '-c', 'echo data > /data/text');
    const volume = await volumeOf('data-db-0');
    const directory = await directoryOf(volume);
    expect(await readFile(join(directory, 'text'), 'utf8')).toBe('data\n');
    await output('delete', 'statefulset', 'db');
    await until('the claim is gone', () => isGone('pvc', 'data-db-0'));
    await until('the volume is gone', () => isGone('pv', volume));
    expect(await isThere(directory)).toBe(false);
  });

  it.concurrent('a volume that is to be retained outlives its claim, with what is in it', async () => {
    const keeping = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'keeping' },
      provisioner: 'fairlead.dev/local-path',
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
    };
    const { output, ready, volumeOf, directoryOf } = await given(
      keeping,
      claim('data', { storageClassName: 'keeping' }),
      pod('web', mounted('data')),
    );
    await ready('web');
    await output('exec', 'web', '--', 'sh', '-c', 'echo kept > /data/text');
    const volume = await volumeOf('data');
    await output('delete', 'pod', 'web');
    await output('delete', 'pvc', 'data');
    await output(
      'wait',
      '--for=jsonpath={.status.phase}=Released',
      `pv/${volume}`,
      '--timeout=30s',
    );
    const directory = await directoryOf(volume);
    expect(await readFile(join(directory, 'text'), 'utf8')).toBe('kept\n');
    await output('delete', 'pv', volume);
    expect(await isThere(directory)).toBe(true);
  });

  it.concurrent('volumes that were made by hand are bound, read-only and in part where asked', async () => {
    const folder = join(cluster.dir.root, 'by-hand');
    await mkdir(join(folder, 'sub'), { recursive: true });
    await writeFile(join(folder, 'sub', 'text'), 'by hand\n');
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'by-hand' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'manual',
        hostPath: { path: folder, type: 'Directory' },
      },
    };
    const { output, ready, volumeOf } = await given(
      volume,
      claim('data', { storageClassName: 'manual' }),
      pod('web', mounted('data', { subPath: 'sub', readOnly: true })),
    );
    await ready('web');
    expect(await volumeOf('data')).toBe('by-hand');
    expect(await output('exec', 'web', '--', 'cat', '/data/text')).toBe('by hand\n');
    await expect(output('exec', 'web', '--', 'touch', '/data/x')).rejects.toThrow('Read-only');
  });

  it.concurrent('an ephemeral volume comes and goes with its pod', async () => {
    const template = { spec: claim('x')['spec'] };
    const { output, ready, volumeOf, directoryOf, isGone } = await given(
      pod('web', {
        containers: [container({ volumeMounts: [{ name: 'tmp', mountPath: '/data' }] })],
        volumes: [{ name: 'tmp', ephemeral: { volumeClaimTemplate: template } }],
      }),
    );
    await ready('web');
    await output('exec', 'web', '--', 'touch', '/data/x');
    const volume = await volumeOf('web-tmp');
    const directory = await directoryOf(volume);
    await output('delete', 'pod', 'web');
    await until('the volume is gone', () => isGone('pv', volume));
    expect(await isThere(directory)).toBe(false);
  });

  it.concurrent('a pod says for which claim it waits', async () => {
    const { event, output, ready } = await given(pod('web', mounted('late')));
    expect(await event('web', 'FailedScheduling')).toContain(
      '0/1 nodes are available: persistentvolumeclaim "late" not found.',
    );
    await cluster.apply(
      await output('get', 'pod', 'web', '-o', 'jsonpath={.metadata.namespace}'),
      claim('late'),
    );
    await ready('web');
  });
});
