import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cluster, fairlead, fairleadInBackground } from './harness/cluster.ts';
import { containersOf } from './harness/engine.ts';
import { pod } from './harness/manifests.ts';
import { freePort, isRunning } from './harness/processes.ts';
import { until } from './harness/until.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface PodObject {
  metadata: { name: string; resourceVersion: string };
  spec: { nodeName?: string };
  status?: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; containerID?: string }[];
  };
}

describe('the command line', () => {
  const absent = () => join(inject('scratch'), 'absent');

  it.concurrent.each([
    [['--help'], 'fairlead node join https://host:6443'],
    [['up', '--help'], '--no-install-engine'],
    [['kubeconfig', '--help'], '--data-dir <dir>'],
    [['node', '--help'], 'nodes and whether they are ready'],
    [['node', 'token', '--help'], 'make a token, and print the command'],
    [['node', 'token', 'create', '--help'], '--ttl <minutes>'],
    [['node', 'join', '--help'], '--label <key=value>'],
    [['node', 'install', '--help'], '--shutdown-grace-period <duration>'],
    [['node', 'uninstall', '--help'], 'Containers run on'],
    [['node', 'list', '--help'], '--kubeconfig <file>'],
  ])('explains itself: fairlead %j', async (args, want) => {
    expect(await fairlead(args)).toMatchObject({ code: 0, stdout: expect.stringContaining(want) });
  });

  it.concurrent.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['up', '--what'], "unknown option '--what'"],
    [['up', '--port', '99999'], 'a port is a number from 1 to 65535'],
    [['node', 'join'], "missing required argument 'url'"],
    [['node', 'join', 'https://x', '--label', 'x'], 'a label is written key=value'],
    [['node', 'upgrade', '--timeout', '0'], 'seconds are a number from 1 to 3600'],
    [['node', 'token', 'create', '--ttl', '0'], 'minutes are a number from 1 to 43200'],
  ])('ends with 2 when used wrongly: fairlead %j', async (args, want) => {
    expect(await fairlead(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(want) });
  });

  it.concurrent.each([
    [['kubeconfig', '--data-dir'], 'run `fairlead up` first'],
    [['node', 'list', '--data-dir'], 'start a control plane with `fairlead up`'],
    [['node', 'token', 'create', '--data-dir'], 'start a control plane with `fairlead up`'],
    [['node', 'join', 'https://127.0.0.1:1', '--state-dir'], 'this machine is not enrolled'],
  ])('ends with 1 and the reason when it cannot: fairlead %j', async (args, want) => {
    const finished = await fairlead([...args, absent()]);
    expect(finished).toMatchObject({ code: 1, stderr: expect.stringContaining(want) });
  });
});

describe('fairlead up', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('cli');
  });
  afterAll(() => cluster?.stop());

  const podNamed = (name: string) => cluster.client.json<PodObject>('GET', `${PODS}/${name}`);
  const runs = (name: string) =>
    until(`${name} is ready`, async () => {
      const found = await podNamed(name);
      const isReady = found.status?.conditions?.some(
        (c) => c.type === 'Ready' && c.status === 'True',
      );
      return isReady === true && found;
    });
  const running = async (nodeName: string) =>
    (await containersOf(nodeName))
      .filter((found) => found.running)
      .map(({ id }) => id)
      .sort();
  const upAgain = (...more: string[]) =>
    fairlead(['up', '--data-dir', cluster.dir.root, '--no-hello', '--no-install-engine', ...more]);

  it('prints the kubeconfig that it wrote', async () => {
    const { code, stdout } = await fairlead(['kubeconfig', '--data-dir', cluster.dir.root]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: await readFile(cluster.dir.kubeconfig, 'utf8'),
    });
  });

  it('finds everything as it was when it is started again', async () => {
    await cluster.client.json('POST', PODS, pod('stays'));
    const before = await runs('stays');
    const containers = await running(cluster.nodeName);
    const kubeconfig = cluster.connection;
    expect(await cluster.down()).toBe(0);
    expect(await running(cluster.nodeName)).toEqual(containers);
    await cluster.up();
    expect(cluster.connection.ca).toBe(kubeconfig.ca);
    const after = await runs('stays');
    expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
    expect(await running(cluster.nodeName)).toEqual(containers);
    await cluster.client.json('POST', PODS, pod('new'));
    await runs('new');
  });

  it('refuses a data directory, a port or a node name that is taken, and harms nobody', async () => {
    const kubeconfig = await readFile(cluster.dir.kubeconfig, 'utf8');
    expect(await upAgain('--port', String(await freePort()))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/fairlead runs on .* already, as process \d+/),
    });
    expect(await readFile(cluster.dir.kubeconfig, 'utf8')).toBe(kubeconfig);
    const elsewhere = join(inject('scratch'), 'elsewhere');
    expect(
      await fairlead(['up', '--data-dir', elsewhere, '--port', String(cluster.port), '--no-node']),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is taken: choose another with --port'),
    });
    await runs('stays');
    await cluster.down();
    const port = String(cluster.port);
    expect(await upAgain('--port', port, '--node-name', 'another')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is called ${cluster.nodeName}: leave --node-name out`),
    });
    await cluster.up();
  });

  it('takes over from one that was killed outright', async () => {
    const containers = await running(cluster.nodeName);
    const [workerd, agent] = [await cluster.processID('workerd'), await cluster.processID('agent')];
    await cluster.kill();
    // What it had started runs on.
    expect([await isRunning(workerd), await isRunning(agent)]).toEqual([true, true]);
    await cluster.up();
    expect([await isRunning(workerd), await isRunning(agent)]).toEqual([false, false]);
    await runs('stays');
    expect(await running(cluster.nodeName)).toEqual(containers);
  });

  it('leaves the containers of another control plane alone, whose node has the same name', async () => {
    const twin = await Cluster.start('twin', { nodeName: cluster.nodeName });
    try {
      const before = await running(cluster.nodeName);
      await twin.client.json('POST', PODS, pod('stays'));
      await until('the pod of the twin is ready', async () => {
        const { status } = await twin.client.json<PodObject>('GET', `${PODS}/stays`);
        return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
      });
      // What an agent does not know it removes when it starts.
      const agent = await cluster.processID('agent');
      process.kill(agent, 'SIGKILL');
      await until('another agent runs', async () => (await cluster.processID('agent')) !== agent);
      await cluster.client.json('POST', PODS, pod('after'));
      await runs('after');
      const both = await running(cluster.nodeName);
      expect(both).toEqual(expect.arrayContaining(before));
      expect(both).toHaveLength(before.length + 4);
    } finally {
      await twin.down();
    }
  });

  it('says that other machines do not reach it, and how they would', async () => {
    const dataDir = ['--data-dir', cluster.dir.root];
    const { stderr } = await fairlead(['node', 'token', 'create', ...dataDir]);
    expect(stderr).toContain('it listens on loopback only. Start it with `--address 0.0.0.0`');
    const open = await Cluster.start('open', { node: false, address: '0.0.0.0' });
    try {
      const made = await fairlead(['node', 'token', 'create', '--data-dir', open.dir.root]);
      const [, url = ''] = /fairlead node join (\S+) /.exec(made.stderr) ?? [];
      expect(url).not.toMatch(/127\.0\.0\.1|0\.0\.0\.0/);
      const nodeName = open.newNodeName('other');
      const node = await open.joinNode(nodeName, url);
      try {
        await until('the node is ready', async () => {
          const { stdout } = await fairlead(['node', 'list', '--data-dir', open.dir.root]);
          return new RegExp(`^${nodeName} +Ready `, 'm').test(stdout);
        });
      } finally {
        await node.stop();
      }
    } finally {
      await open.stop();
    }
  });

  it('lets another node join with a token, once', async () => {
    const nodeName = cluster.newNodeName('second');
    const dataDir = ['--data-dir', cluster.dir.root];
    const created = await fairlead([
      'node',
      'token',
      'create',
      ...dataDir,
      '--node-name',
      nodeName,
    ]);
    const token = created.stdout.trim();
    expect(created.stderr).toContain(
      `fairlead node join ${cluster.connection.server} --token ${token}`,
    );
    const joinAs = (name: string, stateDir: string) => [
      'node',
      'join',
      cluster.connection.server,
      `--token=${token}`,
      `--name=${name}`,
      `--ca-file=${join(cluster.dir.pki, 'ca.crt')}`,
      `--state-dir=${join(cluster.dir.root, stateDir)}`,
      '--label=zone=b',
    ];
    expect(await fairlead(joinAs(cluster.newNodeName('wrong'), 'wrong'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the enrolment token is for a node of another name'),
    });
    const second = fairleadInBackground(joinAs(nodeName, 'second'));
    try {
      const list = () => fairlead(['node', 'list', ...dataDir]);
      await until('both nodes are ready', async () => {
        const { stdout } = await list();
        return [cluster.nodeName, nodeName].every((name) =>
          new RegExp(`^${name} +Ready `, 'm').test(stdout),
        );
      });
      await cluster.client.json('POST', PODS, pod('there', { nodeSelector: { zone: 'b' } }));
      expect((await runs('there')).spec.nodeName).toBe(nodeName);
      expect(await running(nodeName)).toHaveLength(2);
      expect(await fairlead(joinAs(nodeName, 'third'))).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('the enrolment token was used already'),
      });
      expect(await second.stop('SIGINT')).toBe(0);
      expect(await running(nodeName)).toHaveLength(2);
    } finally {
      await second.stop();
    }
  });
});
