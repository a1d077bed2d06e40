import { PassThrough, Writable } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { container, deployment, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** What is tested with kubectl elsewhere, on machines without one too: an unmodified library. */
describe('the JavaScript client library', () => {
  let cluster: Cluster;
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;
  beforeAll(async () => {
    cluster = await Cluster.start('library');
    config = new k8s.KubeConfig();
    config.loadFromFile(cluster.dir.kubeconfig);
    core = config.makeApiClient(k8s.CoreV1Api);
    apps = config.makeApiClient(k8s.AppsV1Api);
  });
  afterAll(() => cluster?.stop());

  const newPod = async (manifest: object) => {
    const namespace = await cluster.namespace();
    const body = manifest as k8s.V1Pod;
    const name = body.metadata?.name ?? '';
    await core.createNamespacedPod({ namespace, body });
    await until(`${name} runs`, async () => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
    });
    return { namespace, name };
  };

  it.concurrent('creates, scales, rolls out and deletes a deployment', async () => {
    const namespace = await cluster.namespace();
    const name = 'web';
    const available = (wanted: number) =>
      until(`${wanted} are available`, async () => {
        const { status, metadata } = await apps.readNamespacedDeployment({ namespace, name });
        return (
          status?.observedGeneration === metadata?.generation &&
          status?.availableReplicas === wanted &&
          status?.updatedReplicas === wanted &&
          status?.replicas === wanted
        );
      });
    await apps.createNamespacedDeployment({
      namespace,
      body: deployment(name, 2),
    });
    await available(2);
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name });
    scale.spec = { replicas: 1 };
    await apps.replaceNamespacedDeploymentScale({ namespace, name, body: scale });
    await available(1);
    const before = await core.listNamespacedPod({ namespace, labelSelector: 'app=web' });
    await apps.patchNamespacedDeployment(
      {
        namespace,
        name,
        body: [
          { op: 'add', path: '/spec/template/metadata/annotations', value: { restarted: 'yes' } },
        ],
      },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.JsonPatch),
    );
    await available(1);
    await until('the pod of before is gone', async () => {
      const { items } = await core.listNamespacedPod({ namespace });
      return items.every(({ metadata }) => metadata?.uid !== before.items[0]?.metadata?.uid);
    });
    await core.deleteNamespace({ name: namespace });
    await until('the containers are gone', async () =>
      (await cluster.containers()).every((found) => found.namespace !== namespace),
    );
  });

  it.concurrent('keeps an informer up to date', async () => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const seen: string[] = [];
    const informer = k8s.makeInformer(config, path, () =>
      core.listNamespacedConfigMap({ namespace }),
    );
    const note = (verb: string) => (object: k8s.V1ConfigMap) => {
      seen.push(`${verb} ${object.metadata?.name} ${object.data?.['a'] ?? ''}`.trim());
    };
    informer.on('add', note('add'));
    informer.on('update', note('update'));
    informer.on('delete', note('delete'));
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'early' } } });
    await informer.start();
    const body = { metadata: { name: 'late' }, data: { a: '1' } };
    await core.createNamespacedConfigMap({ namespace, body });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'late',
      body: { ...body, data: { a: '2' } },
    });
    await core.deleteNamespacedConfigMap({ namespace, name: 'early' });
    await until('the deletion was seen', () => seen.includes('delete early'));
    await informer.stop();
    // The first is what every namespace has.
    expect(seen.filter((line) => line !== 'add kube-root-ca.crt')).toEqual([
      'add early',
      'add late 1',
      'update late 2',
      'delete early',
    ]);
  });

  it.concurrent('runs a command with its input, its outputs and its exit code', async () => {
    const { namespace, name } = await newPod(pod('works'));
    const outputs = { stdout: '', stderr: '' };
    const into = (which: 'stdout' | 'stderr') =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          outputs[which] += chunk.toString('utf8');
          done();
        },
      });
    const stdin = new PassThrough();
    stdin.end('from here\n');
    const command = ['/bin/sh', '-c', 'read line; echo got $line; echo complaint >&2; exit 7'];
    const status = await new Promise<k8s.V1Status>((resolve, reject) => {
      new k8s.Exec(config)
        .exec(
          namespace,
          name,
          'main',
          command,
          into('stdout'),
          into('stderr'),
          stdin,
          false,
          resolve,
        )
        .catch(reject);
    });
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '7' }]);
    expect(outputs).toEqual({ stdout: 'got from here\n', stderr: 'complaint\n' });
  });

  it.concurrent('reads and follows logs', async () => {
    const script = 'echo first; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo last';
    const { namespace, name } = await newPod(
      pod('talks', { restartPolicy: 'Never', containers: [container({ script })] }),
    );
    expect(await core.readNamespacedPodLog({ namespace, name })).toBe('first\n');
    let followed = '';
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => {
      followed += chunk.toString('utf8');
    });
    await new k8s.Log(config).log(namespace, name, 'main', stream, { follow: true });
    await until('the first line is followed', () => followed === 'first\n');
    await new Promise<void>((resolve, reject) => {
      new k8s.Exec(config)
        .exec(
          namespace,
          name,
          'main',
          ['touch', '/tmp/go'],
          new PassThrough(),
          null,
          null,
          false,
          () => resolve(),
        )
        .catch(reject);
    });
    await until('the last line is followed', () => followed === 'first\nlast\n');
  });

  it.concurrent('is told what went wrong as a Status', async () => {
    const namespace = await cluster.namespace();
    const refused = await core
      .readNamespacedPod({ namespace, name: 'absent' })
      .catch((error) => error);
    expect(refused).toMatchObject({ code: 404 });
    expect(JSON.parse((refused as { body: string }).body)).toMatchObject({
      reason: 'NotFound',
      message: 'pods "absent" not found',
    });
  });
});
