import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createEnrolmentToken, waitForNode } from '../../cli/nodes.ts';
import { buildAgentImage } from '../../scripts/build-agent-image.ts';
import { Cluster } from './harness/cluster.ts';
import { containersOf, engine } from './harness/engine.ts';
import { IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

const NAMES = ['settings', 'key', 'scratch', 'memory', 'files'];
const VOLUMES = [
  { name: 'settings', configMap: { name: 'settings' } },
  { name: 'key', secret: { secretName: 'key' } },
  { name: 'scratch', emptyDir: {} },
  { name: 'memory', emptyDir: { medium: 'Memory' } },
  { name: 'files', image: { reference: IMAGE, pullPolicy: 'IfNotPresent' } },
];

describeWithKubectl('AGENT-5: an agent in its image', () => {
  let cluster: Cluster;
  let agent: ReturnType<typeof engine.getContainer> | undefined;
  let image: string;
  let nodeName: string;
  /** What the agent leaves on the machine: as this and not as docs/agent.md has it, for many at a time. */
  let remains: string[];

  beforeAll(async () => {
    [cluster, image] = await Promise.all([
      Cluster.start('agent-image', { node: false }),
      buildAgentImage(`fairlead.test/agent:${inject('nodePrefix')}`),
    ]);
    nodeName = cluster.newNodeName('boxed');
    const stateDir = join(cluster.dir.root, 'boxed');
    const runDir = join(stateDir, 'run');
    const digest = createHash('sha256').update(runDir).digest('hex').slice(0, 16);
    remains = [stateDir, `/dev/shm/fairlead-${digest}`];
    await mkdir(stateDir, { recursive: true });
    const config = {
      server: cluster.connection.server,
      caFile: join(cluster.dir.pki, 'ca.crt'),
      nodeName,
      stateDir: join(stateDir, 'state'),
      runDir,
      enrolmentToken: await createEnrolmentToken(cluster.client, { nodeName }),
      evictionHard: { 'memory.available': '100Mi' },
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
    };
    await writeFile(join(stateDir, 'agent.json'), JSON.stringify(config), { mode: 0o600 });
    const same = (path: string, mode = 'rw') => `${path}:${path}:${mode}`;
    agent = await engine.createContainer({
      Image: image,
      Cmd: [join(stateDir, 'agent.json')],
      HostConfig: {
        NetworkMode: 'host',
        Binds: [
          same('/var/run/docker.sock'),
          same(stateDir),
          same(cluster.dir.pki, 'ro'),
          same('/dev/shm'),
        ],
      },
    });
    await agent.start();
    await waitForNode(cluster.client, nodeName);
  });

  afterAll(async () => {
    await agent?.remove({ force: true });
    await cluster?.stop();
    if (remains !== undefined) await removeAsRoot(remains);
    if (image !== undefined) await engine.getImage(image).remove();
  });

  it('runs a pod with volumes, streams, and is replaced without a container that notices', async () => {
    const namespace = await cluster.namespace();
    const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await output('create', 'configmap', 'settings', '--from-literal=colour=blue');
    await output('create', 'secret', 'generic', 'key', '--from-literal=word=hush');
    const volumeMounts = NAMES.map((name) => ({ name, mountPath: `/mnt/${name}` }));
    const script = 'echo begun; sleep 1000';
    const spec = { nodeName, containers: [container({ script, volumeMounts })], volumes: VOLUMES };
    await cluster.apply(namespace, pod('subject', spec));
    await output('wait', '--for=condition=Ready', 'pod/subject', '--timeout=60s');

    const inPod = (text: string) => output('exec', 'subject', '--', 'sh', '-c', text);
    expect(await inPod('cat /mnt/settings/colour /mnt/key/word')).toBe('bluehush');
    expect(await inPod('stat -f -c %T /mnt/key /mnt/memory')).toBe('tmpfs\ntmpfs\n');
    expect(await inPod('echo kept > /mnt/scratch/file; ls /mnt/files')).toContain('bin');
    expect(await output('logs', 'subject')).toBe('begun\n');

    const before = await containersOf(nodeName);
    await agent?.restart();
    await until('the restarted agent answers', () => inPod('cat /mnt/scratch/file'));
    expect(await containersOf(nodeName)).toEqual(before);
    const restarts = 'jsonpath={.status.containerStatuses[0].restartCount}';
    expect(await output('get', 'pod', 'subject', '-o', restarts)).toBe('0');

    await output('delete', 'pod', 'subject');
    await until('its containers are gone', async () => (await containersOf(nodeName)).length === 0);
  });
});

/** What a container has written belongs to root, whoever runs the tests. */
async function removeAsRoot(paths: readonly string[]): Promise<void> {
  const parents = ['/dev/shm', inject('scratch')];
  await engine
    .createContainer({
      Image: IMAGE,
      Cmd: ['rm', '-rf', ...paths],
      HostConfig: { Binds: parents.map((path) => `${path}:${path}`) },
    })
    .then(async (remover) => {
      await remover.start();
      await remover.wait();
      await remover.remove();
    });
}
