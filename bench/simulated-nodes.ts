import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { startSimulatedNodes } from '../node-agent/simulate.ts';
import { BenchClient } from './client.ts';
import type { Target } from './target.ts';

/** What the process of the nodes is told to do. */
interface Order extends Pick<Target, 'server' | 'ca' | 'token'> {
  readonly count: number;
}

/** Of the process of the nodes: the server and who measures it go first. */
const NODES_PRIORITY = 10;

export interface NodesProcess {
  stop(): Promise<void>;
}

/**
 * Starts simulated nodes in a process of their own, so that what they cost does not count as time
 * that answers take. Resolves when all of them are ready.
 */
export async function forkSimulatedNodes(target: Target, count: number): Promise<NodesProcess> {
  const { server, ca, token } = target;
  const child = fork(new URL(import.meta.url));
  // Real nodes have processors of their own.
  if (child.pid !== undefined) setPriority(child.pid, NODES_PRIORITY);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const order: Order = { server, ca, token, count };
  child.send(order);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the simulated nodes ended with ${code}`)));
  });
  const client = new BenchClient(target, 1);
  await untilReady(client, count);
  client.close();
  return {
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}

interface NodeList {
  items: { status?: { conditions?: { type: string; status: string }[] } }[];
}

async function untilReady(client: BenchClient, count: number): Promise<void> {
  for (;;) {
    const { items } = await client.call<NodeList>('GET', '/api/v1/nodes');
    const ready = items.filter((node) =>
      node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );
    if (ready.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The child's side: runs nodes until its parent lets go of it. */
async function runNodes({ server, ca, token, count }: Order): Promise<void> {
  const client = new BenchClient({ server, ca, token, pid: undefined, stop: async () => {} }, 4);
  const nodes = await startSimulatedNodes({
    server,
    ...(ca === undefined ? {} : { ca }),
    count,
    enrolmentToken: async () => {
      const path = '/fairlead/v1/enrolment-tokens';
      return (await client.call<{ token: string }>('POST', path, {})).token;
    },
  });
  process.once('disconnect', () => {
    client.close();
    void nodes.stop().then(() => process.exit());
  });
  process.send?.('started');
}

if (import.meta.main) process.once('message', (order) => void runNodes(order as Order));
