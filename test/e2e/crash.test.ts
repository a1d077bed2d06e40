import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, fairlead, fairleadInBackground } from './harness/cluster.ts';
import { containersOf, engine } from './harness/engine.ts';
import { claim, container, deployment, pod, WAIT } from './harness/manifests.ts';
import { childrenOf } from './harness/processes.ts';
import { until } from './harness/until.ts';
import { Watcher } from './harness/watcher.ts';

interface PodObject {
  metadata: { name: string; uid: string; resourceVersion: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number; containerID?: string; ready: boolean }[];
  };
}

const ready = ({ status }: PodObject) =>
  status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

describe('a control plane that is killed outright', () => {
  const CREATES = 500;
  const CLIENTS = 8;
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('crash', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('has every object that it acknowledged, and watches miss and repeat nothing', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { metadata } = await cluster.client.json<{ metadata: { resourceVersion: string } }>(
      'GET',
      path,
    );
    const watcher = new Watcher(() => cluster.connection, path, metadata.resourceVersion);
    const acknowledged = new Map<string, string>();
    const killed = Promise.withResolvers<void>();
    let next = 0;

    const create = async (name: string): Promise<void> => {
      try {
        const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } };
        const created = await cluster.client.json<PodObject>('POST', path, body);
        acknowledged.set(name, created.metadata.resourceVersion);
      } catch (error) {
        // Neither acknowledged nor refused: the control plane is gone.
        if ((error as { status?: number }).status !== undefined) throw error;
        await killed.promise;
      }
    };
    const client = async (): Promise<void> => {
      while (next < CREATES) await create(`object-${next++}`);
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, client));

    await until('half of the creates', () => acknowledged.size >= CREATES / 2);
    process.kill(await cluster.processID('workerd'), 'SIGKILL');
    expect(await cluster.exited).toBe(1);
    const before = acknowledged.size;
    await cluster.up();
    killed.resolve();
    await clients;

    expect(before).toBeGreaterThanOrEqual(CREATES / 2);
    expect(acknowledged.size).toBeGreaterThanOrEqual(CREATES - CLIENTS);
    const own = `${path}?fieldSelector=metadata.name!=kube-root-ca.crt`;
    const list = await cluster.client.json<{ items: PodObject[] }>('GET', own);
    const stored = new Map(
      list.items.map((item) => [item.metadata.name, item.metadata.resourceVersion]),
    );
    for (const [name, resourceVersion] of acknowledged)
      expect(stored.get(name)).toBe(resourceVersion);

    await until('the watch has seen everything', () => watcher.events.length >= stored.size);
    await watcher.stop();
    expect(watcher.connections).toBeGreaterThanOrEqual(2);
    expect(watcher.events.every(({ type }) => type === 'ADDED')).toBe(true);
    const seen = watcher.events.map(({ name, resourceVersion }) => [name, String(resourceVersion)]);
    expect(new Map(seen as [string, string][])).toEqual(stored);
    expect(seen).toHaveLength(stored.size);
    const revisions = watcher.events.map(({ resourceVersion }) => resourceVersion);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });
});

describe('a node and its control plane', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('agent-crash');
  });
  afterAll(() => cluster?.stop());

  it('finish what was under way when the control plane was killed, with no pod too many', async () => {
    const wanted = 4;
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await cluster.client.json('POST', path, deployment('web', wanted));
    await until('the first container runs', async () =>
      (await cluster.containers()).some(({ type, running }) => type === 'container' && running),
    );
    process.kill(await cluster.processID('workerd'), 'SIGKILL');
    await cluster.exited;
    await cluster.up();
    await until('the deployment is available', async () => {
      const { status } = await cluster.client.json<{ status?: { availableReplicas?: number } }>(
        'GET',
        `${path}/web`,
      );
      return status?.availableReplicas === wanted;
    });
    const { items } = await cluster.client.json<{ items: PodObject[] }>(
      'GET',
      '/api/v1/namespaces/default/pods?labelSelector=app%3Dweb',
    );
    expect(items).toHaveLength(wanted);
    const running = (await cluster.containers()).filter((found) => found.running);
    expect(running).toHaveLength(2 * wanted);
    await cluster.client.json('DELETE', `${path}/web`);
    await until('the containers are gone', async () => (await cluster.containers()).length === 0);
  });

  it('have an agent whose containers outlive it, and are adopted by the next', async () => {
    const path = '/api/v1/namespaces/default/pods';
    const podNamed = (name: string) => cluster.client.json<PodObject>('GET', `${path}/${name}`);
    const runs = (name: string) =>
      until(`${name} is ready`, async () => ready(await podNamed(name)));
    await cluster.client.json('POST', path, pod('kept'));
    await runs('kept');
    const containers = (await cluster.containers()).map(({ id }) => id).sort();
    const agent = await cluster.processID('agent');
    process.kill(agent, 'SIGKILL');
    await until('another agent runs', async () => (await cluster.processID('agent')) !== agent);
    await cluster.client.json('POST', path, pod('new'));
    await runs('new');
    const still = (await cluster.containers()).filter(({ pod: name }) => name === 'kept');
    expect(still.map(({ id }) => id).sort()).toEqual(containers);
    expect(still.every(({ running }) => running)).toBe(true);
    const { status } = await podNamed('kept');
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
  });
});

describe('a node whose control plane is away', () => {
  let cluster: Cluster;
  let nodeName: string;
  beforeAll(async () => {
    cluster = await Cluster.start('away', { node: false });
    nodeName = cluster.newNodeName('edge');
  });
  afterAll(() => cluster?.stop());

  it('restarts what ends, through its own restart too, and nothing needlessly on return', async () => {
    const stateDir = join(cluster.dir.root, 'edge');
    const { stdout } = await fairlead(['node', 'token', 'create', '--data-dir', cluster.dir.root]);
    const joinNode = (...more: string[]) =>
      fairleadInBackground([
        'node',
        'join',
        cluster.connection.server,
        '--state-dir',
        stateDir,
        ...more,
      ]);
    let agent = joinNode(
      '--token',
      stdout.trim(),
      '--ca-file',
      `${cluster.dir.pki}/ca.crt`,
      '--name',
      nodeName,
    );
    try {
      const path = '/api/v1/namespaces/default/pods';
      const names = ['breaks', 'steady'];
      const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
      await cluster.client.json('POST', claims, claim('starts'));
      const script = `echo started >> /data/starts; ${WAIT}`;
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'starts' } }];
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      const containers = [container({ script, volumeMounts })];
      await cluster.client.json('POST', path, pod('breaks', { containers, volumes }));
      await cluster.client.json('POST', path, pod('steady'));
      const podNamed = (name: string) => cluster.client.json<PodObject>('GET', `${path}/${name}`);
      for (const name of names)
        await until(`${name} is ready`, async () => ready(await podNamed(name)));
      const running = async (name: string) =>
        (await containersOf(nodeName)).find(
          (found) => found.pod === name && found.type === 'container' && found.running,
        )?.id;
      const steady = await running('steady');
      const breakIt = async () => {
        const id = await running('breaks');
        await engine.getContainer(id ?? '').kill();
        return id;
      };
      const restarted = (old: string | undefined) =>
        until('the container runs again', async () => {
          const id = await running('breaks');
          return id !== undefined && id !== old && id;
        });

      await cluster.down();
      await restarted(await breakIt());

      const [child] = await childrenOf(agent.process.pid ?? 0);
      process.kill(child?.pid ?? 0, 'SIGKILL');
      expect(await agent.exited).not.toBe(0);
      const ended = await breakIt();
      agent = joinNode();
      const last = await restarted(ended);

      await cluster.up();
      const settled = await until('the status has caught up', async () => {
        const found = await podNamed('breaks');
        return found.status?.containerStatuses?.[0]?.restartCount === 2 && ready(found) && found;
      });
      expect(settled.status?.containerStatuses?.[0]?.containerID).toBe(`docker://${last}`);
      const untouched = await podNamed('steady');
      expect(untouched.status?.containerStatuses?.[0]).toMatchObject({
        restartCount: 0,
        containerID: `docker://${steady}`,
        ready: true,
      });
      const [volume] = (
        await cluster.client.json<{ items: { spec: { local: { path: string } } }[] }>(
          'GET',
          '/api/v1/persistentvolumes',
        )
      ).items;
      const starts = await readFile(join(volume?.spec.local.path ?? '', 'starts'), 'utf8');
      expect(starts).toBe('started\n'.repeat(3));
      expect(await running('breaks')).toBe(last);
      expect(await running('steady')).toBe(steady);
    } finally {
      await agent.stop();
    }
  });
});
