import { access, appendFile, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentBundle } from '../../cli/agent-process.ts';
import { Cluster, fairlead } from './harness/cluster.ts';
import { containersOf } from './harness/engine.ts';
import { pod } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import { ServiceMachine } from './harness/service-machine.ts';
import { until } from './harness/until.ts';

/** Says that it can read its configuration, and then ends. */
const BROKEN = `
if (process.argv.includes('--check')) process.exit(0);
console.error('this release is of no use');
process.exit(3);
`;

// What is installed is root's.
describe.skipIf(process.getuid?.() !== 0)('a node that is a service', () => {
  let cluster: Cluster;
  let machine: ServiceMachine;
  let runner: PodRunner;
  let nodeName: string;
  /** Of what runs before an upgrade. */
  let containers: string[];

  beforeAll(async () => {
    cluster = await Cluster.start('service', { node: false });
    nodeName = cluster.newNodeName('service');
    machine = await ServiceMachine.in(join(cluster.dir.root, 'machine'));
    runner = await PodRunner.in(cluster);
  });
  afterAll(async () => {
    await machine?.systemctl('stop');
    await cluster?.stop();
  });

  const status = async () => {
    const { code, stdout } = await machine.fairlead('status', '--output=json');
    return {
      code,
      ...(JSON.parse(stdout) as { release: { running: string; installed: string[] } }),
    };
  };
  const running = async () =>
    (await containersOf(nodeName))
      .filter((found) => found.running)
      .map(({ id }) => id)
      .sort();
  const readyCondition = async () => {
    const { status: said } = await cluster.client.json<{
      status: { conditions: { type: string; status: string; reason: string; message: string }[] };
    }>('GET', `/api/v1/nodes/${nodeName}`);
    return said.conditions.find(({ type }) => type === 'Ready');
  };

  it('INSTALL-1, INSTALL-2: is enrolled, installed and started by one command, which ends when it is ready', async () => {
    const install = (token: string) =>
      machine.fairlead(
        'install',
        cluster.connection.server,
        `--token=${token}`,
        `--ca-file=${join(cluster.dir.pki, 'ca.crt')}`,
        `--name=${nodeName}`,
        '--shutdown-grace-period=20s',
        '--shutdown-grace-period-critical-pods=10s',
        ...machine.places,
      );
    const { stdout } = await fairlead(['node', 'token', 'create', '--data-dir', cluster.dir.root]);
    const installed = await install(stdout.trim());
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    expect(installed.stdout).toContain(`node ${nodeName} is ready`);
    const config = await readFile(join(machine.stateDir, 'agent.json'), 'utf8');
    expect(config).not.toContain(stdout.trim());
    expect(await status()).toMatchObject({ code: 0, healthy: true, link: { up: true } });
    expect(await install('any')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a node is installed already, and runs'),
    });
  });

  it('INSTALL-4: is given another release, and its containers run on', async () => {
    await runner.create(pod('stays', { terminationGracePeriodSeconds: 20 }));
    await runner.running('stays');
    containers = await running();
    const other = join(machine.root, 'other.js');
    await copyFile(await agentBundle(() => undefined), other);
    await appendFile(other, '\n// Another release.\n');
    const before = await machine.agentStatus();
    const upgraded = await machine.fairlead('upgrade', `--agent=${other}`);
    expect(upgraded).toMatchObject({ code: 0, stderr: '' });
    const after = await status();
    expect(after).toMatchObject({ code: 0, pods: { running: 1 } });
    expect(after.release.running).not.toBe(before?.release);
    expect(after.release.installed).toHaveLength(2);
    expect(await running()).toEqual(containers);
  });

  it('INSTALL-5: goes back to the release before when the agent of another is not well', async () => {
    const before = await machine.agentStatus();
    const broken = join(machine.root, 'broken.js');
    await writeFile(broken, BROKEN);
    const upgraded = await machine.fairlead('upgrade', `--agent=${broken}`);
    expect(upgraded.code).toBe(1);
    expect(upgraded.stderr).toContain('this release is of no use');
    expect(upgraded.stderr).toContain(`The node runs release ${before?.release} as before.`);
    expect(await status()).toMatchObject({ code: 0, release: { running: before?.release } });
    expect(await running()).toEqual(containers);
  });

  it('SHUTDOWN-1, SHUTDOWN-3: ends its pods when the machine goes down, and only then', async () => {
    await machine.systemctl('stop');
    expect(await running()).toEqual(containers);
    await machine.systemctl('start');
    await until('it is back', async () => (await machine.agentStatus())?.link.up);
    await machine.becomes('stopping');
    await machine.systemctl('stop');
    expect(await running()).toEqual([]);
    const { status: ended } = await runner.pod('stays');
    const message = 'Pod was terminated in response to imminent node shutdown.';
    expect(ended).toMatchObject({ phase: 'Failed', reason: 'Terminated', message });
    expect(ended?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
      }),
    );
    expect(await readyCondition()).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'node is shutting down',
    });
    await machine.becomes('running');
    await machine.systemctl('start');
    await until('it is ready', async () => (await readyCondition())?.status === 'True');
    expect((await runner.pod('stays')).status?.phase).toBe('Failed');
    expect(await running()).toEqual([]);
  });

  it('INSTALL-6: leaves pods when it is uninstalled, and nothing when it is purged', async () => {
    await runner.create(pod('remains'));
    await runner.running('remains');
    const before = await running();
    const uninstall = (...args: string[]) =>
      machine.fairlead('uninstall', ...machine.places, ...args);
    expect(await uninstall()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`kubectl delete node ${nodeName}`),
    });
    expect(await running()).toEqual(before);
    expect(await readdir(join(machine.root, 'units'))).toEqual([]);
    expect(await machine.fairlead('status')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no node is installed here'),
    });
    expect(await uninstall('--purge')).toMatchObject({ code: 0, stderr: '' });
    expect(await containersOf(nodeName)).toEqual([]);
    for (const gone of [machine.stateDir, machine.prefix])
      await expect(access(gone)).rejects.toThrow();
    expect(await uninstall('--purge')).toMatchObject({ code: 0, stderr: '' });
  });
});
