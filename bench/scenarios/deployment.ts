import type { IncomingMessage } from 'node:http';
import { startSimulatedNodes, type SimulatedNodes } from '../../node-agent/simulate.ts';
import { BenchClient, round } from '../client.ts';
import { deploymentOf } from '../objects.ts';
import { memoryOf, type Target } from '../target.ts';

const REPLICAS = 1_000;
const NODES = 100;

interface PodEvent {
  type: string;
  object: { metadata: { name: string }; spec: { nodeName?: string }; status?: { phase?: string } };
}

/**
 * A Deployment of 1,000 replicas on 100 nodes, as a watch of its pods sees it. Our own server gets
 * simulated nodes; a server elsewhere has to bring its own.
 */
export async function deployment(target: Target): Promise<Record<string, unknown>[]> {
  const client = new BenchClient(target, 4);
  const nodes = target.pid === undefined ? null : await simulatedNodes(target, client);
  const path = '/api/v1/namespaces/default/pods';
  const { metadata } = await client.call<{ metadata: { resourceVersion: string } }>('GET', path);
  const watch = await client.open(
    'GET',
    `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`,
  );
  const startedAt = performance.now();
  const reached = followPods(watch, startedAt);
  await client.call(
    'POST',
    '/apis/apps/v1/namespaces/default/deployments',
    deploymentOf('big', REPLICAS),
  );
  const times = await reached;
  const memory = memoryOf(target.pid);
  watch.destroy();
  await nodes?.stop();
  client.close();
  return [
    {
      replicas: REPLICAS,
      nodes: nodes === null ? "the server's own" : NODES,
      ...times,
      rssMB: memory?.rssMB,
      rssPeakMB: memory?.peakMB,
    },
  ];
}

async function simulatedNodes(target: Target, client: BenchClient): Promise<SimulatedNodes> {
  const nodes = await startSimulatedNodes({
    server: target.server,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
    count: NODES,
    enrolmentToken: async () => {
      const path = '/fairlead/v1/enrolment-tokens';
      return (await client.call<{ token: string }>('POST', path, {})).token;
    },
  });
  await untilReady(client);
  return nodes;
}

interface Times {
  readonly allWrittenMs: number;
  readonly allBoundMs: number;
  readonly allRunningMs: number;
}

/** Reads a watch of pods until all of them run. */
function followPods(watch: IncomingMessage, startedAt: number): Promise<Times> {
  const written = new Set<string>();
  const bound = new Set<string>();
  const running = new Set<string>();
  const reached = { allWrittenMs: 0, allBoundMs: 0, allRunningMs: 0 };
  return new Promise((resolve, reject) => {
    let rest = '';
    watch.setEncoding('utf8');
    watch.on('error', reject);
    watch.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line) as PodEvent;
        written.add(object.metadata.name);
        if (object.spec.nodeName !== undefined) bound.add(object.metadata.name);
        if (object.status?.phase === 'Running') running.add(object.metadata.name);
      }
      const now = round(performance.now() - startedAt);
      if (written.size === REPLICAS) reached.allWrittenMs ||= now;
      if (bound.size === REPLICAS) reached.allBoundMs ||= now;
      if (running.size === REPLICAS) resolve({ ...reached, allRunningMs: now });
    });
  });
}

interface NodeList {
  items: { status?: { conditions?: { type: string; status: string }[] } }[];
}

async function untilReady(client: BenchClient): Promise<void> {
  for (;;) {
    const { items } = await client.call<NodeList>('GET', '/api/v1/nodes');
    const ready = items.filter((node) =>
      node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );
    if (ready.length >= NODES) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
