import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { agentCommand } from '../../cli/agent-process.ts';
import { buildHelloImage, HELLO_IMAGE } from '../../cli/hello/hello-image.ts';
import { removeNodeRemains } from '../../test/e2e/harness/engine.ts';
import { BenchClient, round } from '../client.ts';
import { openCountingProxy, type CountingProxy } from '../counting-proxy.ts';
import { deploymentOf } from '../objects.ts';
import { ServiceGroup } from '../service-group.ts';
import { cpuSecondsOf, memoryOf, type Target } from '../target.ts';

const PODS = 10;
const DEPLOYMENT = 'idle';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const START_MS = 60_000;
const LOOK_MS = 20;
/** Long enough for the agent to have fallen quiet, and to have noticed it. */
const SETTLE_MS = 90_000;
/** An hour has a renewal of all tokens in it. */
const IDLE_MS = Number(process.env['FAIRLEAD_BENCH_IDLE_SECONDS'] ?? 180) * 1_000;
const MONTH_MS = 30 * 24 * 3_600_000;
/** Four fifths of the life of the tokens that pods have by default. */
const TOKEN_REFRESH_MS = (4 / 5) * 3_607_000;
const MB = 1_000_000;

type Line = Record<string, unknown>;

/**
 * What the agent of a node takes that runs ten pods on this machine's engine and has nothing to do:
 * memory, processor, and what goes over its connections. Our own server only. The agent has a memory cgroup
 * as a service has, if one can be made.
 */
export async function agent(target: Target): Promise<Line[]> {
  if (target.pid === undefined) return [];
  await buildHelloImage();
  const nodeName = `bench-${randomBytes(3).toString('hex')}`;
  const root = await mkdtemp(join(tmpdir(), 'fairlead-bench-agent-'));
  const proxy = await openCountingProxy(Number(new URL(target.server).port));
  const client = new BenchClient(target, 1);
  const started = await startAgent(target, client, nodeName, root, proxy);
  try {
    const lines = await measure(client, started.pid, proxy);
    return lines.map((line) => ({ asService: started.asService, ...line }));
  } finally {
    await started.stop();
    client.close();
    proxy.close();
    await removeNodeRemains(nodeName);
    await rm(root, { recursive: true, force: true });
  }
}

async function startAgent(
  target: Target,
  client: BenchClient,
  nodeName: string,
  root: string,
  proxy: CountingProxy,
) {
  const { token } = await client.call<{ token: string }>(
    'POST',
    '/fairlead/v1/enrolment-tokens',
    {},
  );
  const caFile = join(root, 'ca.crt');
  await writeFile(caFile, target.ca ?? '');
  const runDir = `/run/fairlead/${nodeName}-`;
  await mkdir(runDir, { recursive: true });
  const configPath = join(root, 'agent.json');
  const config = {
    server: `https://127.0.0.1:${proxy.port}`,
    caFile,
    nodeName,
    stateDir: join(root, 'state'),
    runDir,
    enrolmentToken: token,
  };
  await writeFile(configPath, JSON.stringify(config), { mode: 0o600 });
  const command = await agentCommand(configPath, () => undefined);
  const group = await ServiceGroup.make(`fairlead-${nodeName}`);
  const child =
    group?.spawn(command, join(root, 'node')) ??
    spawn(command.program, command.args, {
      env: command.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid,
    asService: group !== null,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await group?.remove();
    },
  };
}

async function measure(
  client: BenchClient,
  pid: number | undefined,
  proxy: CountingProxy,
): Promise<Line[]> {
  await createPods(client);
  await runPods(client, PODS);
  const started = { step: 'pods run', pods: PODS, ...memoryOf(pid) };
  await pause(SETTLE_MS);

  // The enrolment comes first, then the link; each further connection was for a token.
  const [, link, ...others] = proxy.connections;
  if (link === undefined) throw new Error('the agent has no link');
  const tokenBytes = sum(others.map(({ wireBytes }) => wireBytes)) / PODS;
  const before = { ...link, cpuSeconds: cpuSecondsOf(pid) ?? 0, all: wireBytesOf(proxy) };
  await pause(IDLE_MS);
  const wireBytes = link.wireBytes - before.wireBytes;
  const linkMB = (wireBytes * MONTH_MS) / IDLE_MS / MB;
  const tokensMB = (tokenBytes * PODS * MONTH_MS) / TOKEN_REFRESH_MS / MB;
  return [
    started,
    {
      step: 'idle',
      pods: PODS,
      ...memoryOf(pid),
      seconds: IDLE_MS / 1_000,
      cpuPercent: round((((cpuSecondsOf(pid) ?? 0) - before.cpuSeconds) * 100_000) / IDLE_MS),
      linkBytes: link.bytes - before.bytes,
      linkWireBytes: wireBytes,
      tokenWireBytes: Math.round(tokenBytes),
      linkMBPerMonth: round(linkMB),
      tokensMBPerMonth: round(tokensMB),
      totalMBPerMonth: round(linkMB + tokensMB),
      // Whatever went over any connection, tokens only where they were due.
      allWireBytes: wireBytesOf(proxy) - before.all,
    },
    // What a quiet agent has given back is read again for the first of them.
    { step: 'one more pod', firstMs: await runPods(client, PODS + 1) },
    { step: 'one more pod', nextMs: await runPods(client, PODS + 2) },
  ];
}

const wireBytesOf = ({ connections }: CountingProxy): number =>
  sum(connections.map(({ wireBytes }) => wireBytes));

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

async function createPods(client: BenchClient): Promise<void> {
  const deployment = deploymentOf(DEPLOYMENT, 0);
  // The server in this image ends when its standard input does.
  const containers = [
    { name: 'main', image: HELLO_IMAGE, imagePullPolicy: 'IfNotPresent', stdin: true },
  ];
  const { template } = deployment.spec;
  await client.call('POST', DEPLOYMENTS, {
    ...deployment,
    spec: { ...deployment.spec, template: { ...template, spec: { containers } } },
  });
}

/**
 * Resolves when so many are ready, with how long that took in milliseconds.
 * @throws Error when they are not in time
 */
async function runPods(client: BenchClient, replicas: number): Promise<number> {
  const path = `${DEPLOYMENTS}/${DEPLOYMENT}`;
  const startedAt = performance.now();
  const scale = await client.call<{ spec: object }>('GET', `${path}/scale`);
  await client.call('PUT', `${path}/scale`, { ...scale, spec: { replicas } });
  while (performance.now() - startedAt < START_MS) {
    const { status } = await client.call<{ status?: { readyReplicas?: number } }>('GET', path);
    if (status?.readyReplicas === replicas) return round(performance.now() - startedAt);
    await pause(LOOK_MS);
  }
  throw new Error(`${replicas} pods did not get ready within ${START_MS / 1_000} s`);
}
