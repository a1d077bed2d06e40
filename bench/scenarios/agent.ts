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
import { cpuSecondsOf, memoryOf, type Target } from '../target.ts';

const PODS = 10;
const DEPLOYMENT = 'idle';
const START_MS = 60_000;
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
 * memory, processor, and what goes over its connections. Our own server only.
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
    return await measure(client, started.pid, proxy);
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
  const { program, args, env } = await agentCommand(configPath, () => undefined);
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function measure(
  client: BenchClient,
  pid: number | undefined,
  proxy: CountingProxy,
): Promise<Line[]> {
  await runPods(client);
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
  ];
}

const wireBytesOf = ({ connections }: CountingProxy): number =>
  sum(connections.map(({ wireBytes }) => wireBytes));

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** Resolves when all of them are ready. @throws Error when they are not in time */
async function runPods(client: BenchClient): Promise<void> {
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const deployment = deploymentOf(DEPLOYMENT, PODS);
  // The server in this image ends when its standard input does.
  const containers = [
    { name: 'main', image: HELLO_IMAGE, imagePullPolicy: 'IfNotPresent', stdin: true },
  ];
  const { template } = deployment.spec;
  await client.call('POST', deployments, {
    ...deployment,
    spec: { ...deployment.spec, template: { ...template, spec: { containers } } },
  });
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await pause(200)) {
    const path = `${deployments}/${DEPLOYMENT}`;
    const { status } = await client.call<{ status?: { readyReplicas?: number } }>('GET', path);
    if (status?.readyReplicas === PODS) return;
  }
  throw new Error(`${PODS} pods did not get ready within ${START_MS / 1_000} s`);
}
