import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster, fairlead, fairleadInBackground } from './harness/cluster.ts';
import { containersOf, engine } from './harness/engine.ts';
import { IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import type { Background } from './harness/processes.ts';
import { describeWithRegistry, Registry } from './harness/registry.ts';
import { until } from './harness/until.ts';

interface NodeObject {
  readonly spec: { readonly taints?: readonly { key: string; effect: string }[] };
  readonly status: {
    readonly conditions: readonly {
      type: string;
      status: string;
      reason: string;
      message: string;
    }[];
  };
}

/** More than any machine has. */
const MORE_THAN_THERE_IS = '1Pi';

describeWithKubectl('eviction', () => {
  let cluster: Cluster;
  let nodeName: string;
  let stateDir: string;
  let agent: Background;

  beforeAll(async () => {
    cluster = await Cluster.start('eviction', { node: false });
    nodeName = cluster.newNodeName('short');
    stateDir = join(cluster.dir.root, nodeName);
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'agent.json'), JSON.stringify({ nodeName, evictionHard: {} }));
    const { stdout } = await fairlead(['node', 'token', 'create', '--data-dir', cluster.dir.root]);
    agent = joined(`--token=${stdout.trim()}`, `--ca-file=${join(cluster.dir.pki, 'ca.crt')}`);
    await until('the node is ready', async () => (await condition('Ready'))?.status === 'True');
  });
  afterAll(async () => {
    await agent?.stop('SIGINT');
    await cluster?.stop();
  });

  const joined = (...options: string[]): Background =>
    fairleadInBackground([
      'node',
      'join',
      cluster.connection.server,
      `--state-dir=${stateDir}`,
      ...options,
    ]);

  /** What runs out is known to an agent as long as it runs. */
  async function restartWith(evictionHard: Record<string, string>): Promise<void> {
    await agent.stop('SIGINT');
    const config = JSON.parse(await readFile(join(stateDir, 'agent.json'), 'utf8')) as object;
    await writeFile(join(stateDir, 'agent.json'), JSON.stringify({ ...config, evictionHard }));
    agent = joined();
  }

  const node = () => cluster.client.json<NodeObject>('GET', `/api/v1/nodes/${nodeName}`);
  const condition = async (type: string) =>
    (await node()).status.conditions.find((found) => found.type === type);

  it('PRESSURE-3, PRESSURE-4, PRESSURE-5: ends a pod that writes more into a volume than it may', async () => {
    const runner = await PodRunner.in(cluster);
    const script = 'dd if=/dev/zero of=/v/file bs=1M count=3; sleep 1000';
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    await runner.create(
      pod('p', {
        containers: [container({ script, volumeMounts })],
        volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }],
      }),
    );
    const { status } = await runner.untilPod('p', 'has failed', (found) =>
      Boolean(found.status?.phase === 'Failed'),
    );
    const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
    expect(status).toMatchObject({ reason: 'Evicted', message });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
      }),
    );
    expect(await runner.untilEvent('p', 'Evicted')).toBe(message);
    const { uid = '' } = (await runner.pod('p')).metadata;
    const volume = join(stateDir, 'state', 'pods', uid, 'volumes', 'v');
    await until('its containers are gone', async () =>
      (await containersOf(nodeName)).every(({ namespace }) => namespace !== runner.namespace),
    );
    // How they ended is still told.
    const { containerStatuses = [] } = (await runner.pod('p')).status ?? {};
    expect(containerStatuses[0]?.state.terminated).toBeDefined();
    await until('the volume is gone', () =>
      access(volume).then(
        () => false,
        () => true,
      ),
    );
  });

  describeWithRegistry('with images of its own', () => {
    let registry: Registry;
    beforeAll(async () => {
      registry = await Registry.start(join(cluster.dir.root, 'registry'));
    });
    afterAll(() => registry?.stop());

    it('IMAGE-4, PRESSURE-2: gives those back that it has pulled and nobody uses, when the disk is full', async () => {
      const runner = await PodRunner.in(cluster);
      const [unused, used] = [await registry.pushNew('unused'), await registry.push(IMAGE, 'used')];
      await runner.create(
        registry.loginSecret('login'),
        ...[unused, used].map((image) => {
          const name = image === used ? 'used' : 'unused';
          const imagePullSecrets = [{ name: 'login' }];
          return pod(name, { imagePullSecrets, containers: [{ ...container(), image }] });
        }),
      );
      await runner.running('unused');
      await runner.running('used');
      await runner.delete('Pod', 'unused');
      const isThere = (image: string) =>
        engine
          .getImage(image)
          .inspect()
          .then(
            () => true,
            () => false,
          );
      expect(await isThere(unused)).toBe(true);
      await until('the pod is gone', () =>
        runner.pod('unused').then(
          () => false,
          () => true,
        ),
      );

      await restartWith({ 'imagefs.available': MORE_THAN_THERE_IS });
      await until('the image is gone', async () => !(await isThere(unused)));
      await until('the node says so', async () => {
        const { status, reason, message } = (await condition('DiskPressure'))!;
        return (
          `${status} ${reason} ${message}` ===
          'True KubeletHasDiskPressure kubelet has disk pressure'
        );
      });
      // What images give back is not enough: the pod goes, too.
      const { status } = await runner.untilPod('used', 'has failed', (found) =>
        Boolean(found.status?.phase === 'Failed'),
      );
      expect(status?.message).toMatch(/^The node was low on resource: ephemeral-storage\. /);
      expect(await isThere(IMAGE)).toBe(true);
      await restartWith({});
      await until(
        'the node has room',
        async () => (await condition('DiskPressure'))?.status === 'False',
      );
      await until(
        'the node is not tainted',
        async () => ((await node()).spec.taints ?? []).length === 0,
      );
    });
  });

  it('PRESSURE-1, PRESSURE-2: ends pods one after another while memory is short, and takes no more', async () => {
    const runner = await PodRunner.in(cluster);
    const resources = { requests: { memory: '256Mi' } };
    const greedy = "x=$(head -c 20000000 /dev/zero | tr '\\0' a); sleep 1000";
    await runner.create(
      pod('modest', { containers: [container({ resources })] }),
      pod('greedy', { containers: [container({ script: greedy })] }),
    );
    await runner.running('modest');
    await runner.running('greedy');

    await restartWith({ 'memory.available': MORE_THAN_THERE_IS });

    const { status } = await runner.untilPod('greedy', 'has failed', (found) =>
      Boolean(found.status?.phase === 'Failed'),
    );
    expect(status?.reason).toBe('Evicted');
    expect(status?.message).toMatch(
      /^The node was low on resource: memory\. Threshold quantity: 1Pi, available: \d+\w*\. Container main was using \d+\w*, request is 0, has larger consumption of memory\. $/,
    );
    expect((await runner.pod('modest')).status?.phase).toBe('Running');
    await until('the node says so', async () => {
      const { status: value, reason, message } = (await condition('MemoryPressure'))!;
      const text = `${value} ${reason} ${message}`;
      return text === 'True KubeletHasInsufficientMemory kubelet has insufficient memory available';
    });
    await until('the node is tainted', async () =>
      (await node()).spec.taints?.some(({ key }) => key === 'node.kubernetes.io/memory-pressure'),
    );
    await runner.create(pod('late', { nodeName }));
    const late = await runner.untilPod('late', 'has failed', (found) =>
      Boolean(found.status?.phase === 'Failed'),
    );
    expect(late.status).toMatchObject({
      reason: 'Evicted',
      message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
    });
    const row = await cluster.kubectlOutput(['-n', runner.namespace, 'get', 'pod', 'late']);
    expect(row).toMatch(/^late +0\/1 +Evicted +0 /m);
  });
});
