import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startSimulatedNodes } from '../../node-agent/simulate.ts';
import { FaultyProxy } from '../fakes/faulty-proxy.ts';
import { Cluster } from './harness/cluster.ts';
import { containersOf, engine } from './harness/engine.ts';
import { container, pod } from './harness/manifests.ts';
import { childrenOf } from './harness/processes.ts';
import type { Background } from './harness/processes.ts';
import { until } from './harness/until.ts';

const PODS = '/api/v1/namespaces/default/pods';
/** Of a link with a round trip of two seconds, over which a handshake alone takes several. */
const SLOW_MS = 110_000;
const HERD = 50;
/** What of the whole measure (600) is in every run. */
const CUT_SECONDS = Number(process.env['FAIRLEAD_TEST_CUT_SECONDS'] ?? 3);
/** A node that nothing was heard of for so long is known to be away. */
const LOST_SECONDS = 60;

interface PodObject {
  metadata: { uid: string };
  status?: {
    phase?: string;
    containerStatuses?: { restartCount: number; ready: boolean }[];
  };
}

let cluster: Cluster;
let proxy: FaultyProxy;
let agent: Background;
let nodeName: string;

beforeAll(async () => {
  cluster = await Cluster.start('link-faults', { node: false });
  proxy = await FaultyProxy.open(cluster.port);
  nodeName = cluster.newNodeName('far');
  agent = await cluster.joinNode(nodeName, `https://127.0.0.1:${proxy.port}`);
  await until('the node is ready', () => isNodeReady());
  await cluster.client.json('POST', PODS, pod('steady'));
  await untilReady('steady');
});

afterEach(() => proxy.heal());

afterAll(async () => {
  await agent?.stop('SIGINT');
  await proxy?.close();
  await cluster?.stop();
});

async function isNodeReady(): Promise<boolean> {
  const { status } = await cluster.client.json<{
    status?: { conditions?: { type: string; status: string }[] };
  }>('GET', `/api/v1/nodes/${nodeName}`);
  return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}

const read = (name: string) => cluster.client.json<PodObject>('GET', `${PODS}/${name}`);

const untilReady = (name: string, timeoutMs?: number) =>
  until(
    `${name} is ready`,
    async () => (await read(name)).status?.containerStatuses?.every(({ ready }) => ready),
    timeoutMs,
  );

const restartsOf = async (name: string) =>
  (await read(name)).status?.containerStatuses?.map(({ restartCount }) => restartCount);

/** Reasons of events about the node. */
async function nodeEvents(): Promise<string[]> {
  const { items } = await cluster.client.json<{ items: { reason: string }[] }>(
    'GET',
    `/api/v1/events?fieldSelector=involvedObject.kind=Node,involvedObject.name=${nodeName}`,
  );
  return items.map(({ reason }) => reason);
}

it('a pod comes up over a link that holds bytes back for a while', async () => {
  proxy.set({ isHeld: true });
  await cluster.client.json('POST', PODS, pod('held'));
  await until('it is bound', async () => {
    const { spec } = await cluster.client.json<{ spec: { nodeName?: string } }>(
      'GET',
      `${PODS}/held`,
    );
    return spec.nodeName === nodeName;
  });
  proxy.heal();
  await untilReady('held');
  expect(await restartsOf('steady')).toEqual([0]);
});

it('a pod comes up, with its config map, over a link of 20 kB/s with a round trip of 2 s', async () => {
  proxy.set({ delayMs: 1_000, bytesPerSecond: 20_000 });
  await cluster.client.json('POST', '/api/v1/namespaces/default/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'large' },
    data: { text: 'x'.repeat(100_000) },
  });
  const script = 'test $(wc -c < /config/text) = 100000 && sleep 1000';
  const slow = pod('slow', {
    containers: [container({ script, volumeMounts: [{ name: 'config', mountPath: '/config' }] })],
    volumes: [{ name: 'config', configMap: { name: 'large' } }],
  });
  await cluster.client.json('POST', PODS, slow);
  await untilReady('slow', SLOW_MS);
  expect(await restartsOf('steady')).toEqual([0]);
  expect(await nodeEvents()).not.toContain('NodeNotReady');
});

it('NODE-20: a connection that died unnoticed is replaced before the node is taken for lost', async () => {
  const before = proxy.connections;
  proxy.abandon();
  await cluster.client.json('POST', PODS, pod('after-silence'));
  await untilReady('after-silence');
  expect(before).toBeGreaterThan(0);
  expect(await nodeEvents()).not.toContain('NodeNotReady');
  expect(await restartsOf('steady')).toEqual([0]);
});

it(
  'a cut restarts nothing, loses no pod, and what was written meanwhile comes to be',
  async () => {
    const identity = async () => {
      const { metadata, status } = await cluster.client.json<{
        metadata: { uid: string };
        status?: { containerStatuses?: { containerID?: string; restartCount: number }[] };
      }>('GET', `${PODS}/steady`);
      const [container] = status?.containerStatuses ?? [];
      return [metadata.uid, container?.containerID, container?.restartCount];
    };
    const before = await identity();
    proxy.cut();
    await cluster.client.json('POST', PODS, pod('written', { nodeName }));
    await pause(CUT_SECONDS * 1000);
    if (CUT_SECONDS > LOST_SECONDS) {
      expect(await nodeEvents()).toContain('NodeNotReady');
      expect(await isNodeReady()).toBe(false);
    }
    proxy.heal();
    await untilReady('written', SLOW_MS);
    await until('the node is ready', () => isNodeReady());
    await untilReady('steady');
    expect(await identity()).toEqual(before);
  },
  CUT_SECONDS * 1000 + SLOW_MS,
);

it('NODE-21: a machine that reboots while it is cut off brings its pods back, and says so later', async () => {
  const { uid } = (await read('steady')).metadata;
  proxy.cut();
  const [child] = await childrenOf(agent.process.pid ?? 0);
  process.kill(child?.pid ?? 0, 'SIGKILL');
  expect(await agent.exited).not.toBe(0);
  const running = (await containersOf(nodeName)).filter((found) => found.running);
  for (const { id } of running) await engine.getContainer(id).kill();
  agent = await cluster.joinNode(nodeName, `https://127.0.0.1:${proxy.port}`);
  await until('its containers run again', async () =>
    (await containersOf(nodeName)).some(
      (found) => found.running && found.type === 'container' && found.pod === 'steady',
    ),
  );
  proxy.heal();
  await until('the control plane knows', async () => {
    const { metadata, status } = await read('steady');
    return metadata.uid === uid && (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
  });
  await untilReady('steady');
  await until('the node is ready', () => isNodeReady());
});

it('fifty agents come back from a restart of the control plane, and do not dial all at once', async () => {
  const { ca } = cluster.connection;
  const server = `https://127.0.0.1:${proxy.port}`;
  let linked = 0;
  const write = (line: string): void => {
    if (line.includes('link is up')) linked += 1;
  };
  const path = '/fairlead/v1/enrolment-tokens';
  const nodes = await startSimulatedNodes({
    server,
    ca,
    count: HERD,
    enrolmentToken: async () =>
      (await cluster.client.json<{ token: string }>('POST', path, {})).token,
    logger: pino({}, { write }),
  });
  try {
    await until('all are linked', () => linked === HERD);
    proxy.dialledAt.length = 0;
    await cluster.down();
    await cluster.up();
    await until('all are linked again', () => linked >= 2 * HERD);
    const dials = proxy.dialledAt;
    expect(dials.length).toBeGreaterThanOrEqual(HERD);
    const quarter = Math.floor(dials.length / 4);
    // The half in the middle: agents share this process, whose pauses bunch some of them together. A
    // herd would be here within some ten milliseconds.
    expect(dials[3 * quarter]! - dials[quarter]!).toBeGreaterThan(250);
  } finally {
    await nodes.stop();
  }
});
