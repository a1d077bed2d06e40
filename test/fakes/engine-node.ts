import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { pino } from 'pino';
import { afterEach, beforeAll } from 'vitest';
import type { Agent } from '../../node-agent/agent.ts';
import { agentConfigSchema } from '../../node-agent/agent-config.ts';
import type { AgentConfig } from '../../node-agent/agent-config.ts';
import { ownedBy } from '../../node-agent/runtime/docker/names.ts';
import { startAgent } from '../../node-agent/start-agent.ts';
import { unmountBelow } from '../../node-agent/sync/mount-table.ts';
import { buildBusyboxImage } from './busybox-image.ts';
import { ENROLMENT_TOKEN, FakeControlPlane } from './control-plane.ts';
import type { FakePod } from './control-plane.ts';
import type { FakeStream } from './fake-stream.ts';

const IMAGE = 'fairlead.test/busybox:1';
export const engine = new Docker();
const cleanups: (() => Promise<unknown>)[] = [];

/** Has the image there, and undoes after each test what {@link setUp} did. */
export function useEngine(): void {
  beforeAll(() => buildBusyboxImage(IMAGE));
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
}

/** Runs before what is cleaned up already. */
export const cleanUpFirst = (cleanup: () => Promise<unknown>): unknown => cleanups.push(cleanup);
/** Runs after everything else. */
export const cleanUpLast = (cleanup: () => Promise<unknown>): unknown => cleanups.unshift(cleanup);

/** An agent beside the real engine, and the control plane that it knows. */
export interface EngineNode {
  plane: FakeControlPlane;
  agent: Agent;
  config: AgentConfig;
  /** The node's containers on the engine, sandboxes included, by name. */
  engineIDs: () => Promise<string[]>;
  restartAgent: () => Promise<void>;
}

export async function setUp(): Promise<EngineNode> {
  const plane = await FakeControlPlane.start();
  cleanups.push(() => plane.stop());
  const directory = await mkdtemp(join(tmpdir(), 'fairlead-agent-'));
  const nodeName = `node-${randomUUID().slice(0, 8)}`;
  const config = agentConfigSchema.parse({
    server: plane.server,
    nodeName,
    stateDir: join(directory, 'state'),
    // Shared memory is a tmpfs, so that nothing has to be mounted that might be while the agent ends.
    runDir: await mkdtemp('/dev/shm/fairlead-run-'),
    enrolmentToken: ENROLMENT_TOKEN,
    nodeIP: '192.0.2.1',
  });
  const label = ownedBy({ cluster: 'test', node: nodeName });
  const list = () => engine.listContainers({ all: true, filters: { label } });
  const logger = pino({ level: process.env['AGENT_LOG'] ?? 'silent' });
  const node: EngineNode = {
    plane,
    config,
    agent: await startAgent(config, logger),
    engineIDs: async () => (await list()).map((entry) => entry.Id).sort(),
    async restartAgent() {
      await node.agent.stop();
      node.agent = await startAgent(config, logger);
    },
  };
  cleanups.push(async () => {
    await node.agent.stop();
    for (const { Id } of await list()) await engine.getContainer(Id).remove({ force: true });
    await unmountBelow(config.runDir);
    for (const path of [directory, config.runDir]) await rm(path, { recursive: true, force: true });
  });
  await plane.until('hello', () => plane.hellos.length > 0);
  return node;
}

export function pod(name: string, spec: object): FakePod {
  return {
    metadata: {
      namespace: 'default',
      name,
      uid: randomUUID(),
      generation: 1,
      labels: { app: name },
    },
    spec: { terminationGracePeriodSeconds: 1, ...spec },
  };
}

/** A shell that ends on SIGTERM, as process 1 does not by itself. */
const shell = (script: string): string[] => ['sh', '-c', `trap 'exit 0' TERM; ${script}`];
export const FOREVER = 'while true; do sleep 1000 & wait $!; done';
export const container = (name: string, script: string, more: object = {}): object => ({
  name,
  image: IMAGE,
  command: shell(script),
  imagePullPolicy: 'Never',
  ...more,
});

export const ref = (subject: FakePod) => {
  const { namespace, name, uid } = subject.metadata as Record<string, string>;
  return { namespace: namespace!, name: name!, uid: uid! };
};

export const execRequest = (subject: FakePod, command: string[], more: object = {}) => ({
  kind: 'exec' as const,
  ...ref(subject),
  container: 'main',
  command,
  stdin: false,
  stdout: true,
  stderr: true,
  tty: false,
  subprotocol: 'v5.channel.k8s.io' as const,
  ...more,
});

export const logRequest = (subject: FakePod, more: object = {}) => ({
  kind: 'logs' as const,
  ...ref(subject),
  container: 'main',
  follow: false,
  previous: false,
  timestamps: false,
  ...more,
});

export async function run(
  plane: FakeControlPlane,
  subject: FakePod,
  script: string,
): Promise<FakeStream> {
  const stream = await plane.openStream(execRequest(subject, ['sh', '-c', script]));
  await stream.ended;
  return stream;
}
