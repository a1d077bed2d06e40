import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentCommand } from '../agent-process.ts';
import type { APIClient } from '../api-client.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { claimDataDir, releaseDataDir } from '../data-dir-claim.ts';
import { dataDirAt, readIfExists, writeAtomically, type DataDir } from '../data-dir.ts';
import { ensureEngine } from '../engine.ts';
import { deployHello } from '../hello/deploy-hello.ts';
import { LocalAgent } from '../local-agent.ts';
import { localNodeName } from '../node-name.ts';
import { createEnrolmentToken, waitForNode } from '../nodes.ts';
import { Progress } from '../progress.ts';
import { runDirOf } from '../run-dir.ts';

export interface UpOptions {
  readonly dataDir: string;
  readonly address: string;
  readonly port: number;
  readonly nodeName?: string;
  /** Names that the API is reached by, beside those of this machine. */
  readonly tlsSan: readonly string[];
  /** Start a node on this machine's engine. */
  readonly node: boolean;
  /** Deploy examples/hello. */
  readonly hello: boolean;
  /** Where others find the API server. */
  readonly publicUrl?: string;
  /** Private networks that webhooks may be called in. */
  readonly webhookNetwork: readonly string[];
  /** Install an engine where there is none. */
  readonly installEngine: boolean;
}

/**
 * Brings up a control plane and a node, and stays in the foreground until SIGINT or SIGTERM.
 * Returns the exit code. Containers are left running: the next start adopts them.
 */
export async function up(options: UpOptions): Promise<number> {
  const progress = new Progress((text) => process.stdout.write(text), Date.now());
  const dir = dataDirAt(options.dataDir);
  progress.say('Fairlead');
  await claimDataDir(dir);
  try {
    return await run(options, dir, progress);
  } finally {
    await releaseDataDir(dir);
  }
}

async function run(options: UpOptions, dir: DataDir, progress: Progress): Promise<number> {
  const nodeName = await chooseNodeName(options, dir);
  const controlPlane = await startControlPlane({
    dir,
    address: options.address,
    port: options.port,
    names: options.tlsSan,
    webhookNetworks: options.webhookNetwork,
    ...(options.publicUrl === undefined ? {} : { publicURL: options.publicUrl }),
    onProgress: (text) => progress.begin(text),
  });
  progress.done(`control plane at ${controlPlane.server}`);
  const agent = new LocalAgent(dir);
  const ended = Promise.race([untilAsked(), controlPlane.exited]);
  const ready = async (): Promise<void> => {
    if (options.node) await bringUpNode(options, dir, nodeName, controlPlane, agent, progress);
    progress.say(nextSteps(dir, options));
  };
  try {
    // Whoever asks to stop is not kept waiting for what is still being brought up.
    const why = await Promise.race([ended, ready().then(() => ended)]);
    if (why === 'asked') return 0;
    const how = why.signal ?? `exit code ${why.code ?? 0}`;
    process.stderr.write(`the control plane ended (${how})\n`);
    return 1;
  } finally {
    await agent.stop();
    await controlPlane.stop();
    controlPlane.client.close();
  }
}

/** A node keeps the name that it was enrolled under. @throws Error where another one is asked for. */
async function chooseNodeName(options: UpOptions, dir: DataDir): Promise<string> {
  const text = await readIfExists(join(dir.node, 'state', 'enrolment.json'));
  if (text === null) return options.nodeName ?? localNodeName();
  const { nodeName } = JSON.parse(text) as { nodeName: string };
  if (options.nodeName === undefined || options.nodeName === nodeName) return nodeName;
  throw new Error(
    `the node of ${dir.root} is called ${nodeName}: leave --node-name out, or name another --data-dir`,
  );
}

async function bringUpNode(
  options: UpOptions,
  dir: DataDir,
  nodeName: string,
  controlPlane: ControlPlane,
  agent: LocalAgent,
  progress: Progress,
): Promise<void> {
  const engine = await ensureEngine({
    install: options.installEngine,
    logPath: join(dir.logs, 'engine.log'),
    announce: (text) => progress.begin(text),
  });
  if (!engine.ready) {
    progress.note(engine.why);
    progress.note(`going on without a node; add one with: npx fairlead node token create`);
    return;
  }
  progress.done(`container engine ${engine.version}`);
  const configPath = join(dir.node, 'agent.json');
  await writeAgentConfig(configPath, dir, controlPlane, nodeName);
  agent.start(await agentCommand(configPath, () => progress.begin('building the node agent')));
  await waitForNode(controlPlane.client, nodeName);
  progress.done(`node ${nodeName} is ready`);
  if (options.hello) await bringUpHello(controlPlane.client, progress);
}

async function bringUpHello(client: APIClient, progress: Progress): Promise<void> {
  progress.begin('deploying examples/hello');
  const url = await deployHello(client);
  progress.done(`hello serves at ${url}`);
}

/**
 * A machine that somebody works on is often nearly full: pods run as long as there is room at all, and
 * images that are not used stay.
 */
const OWN_MACHINE = {
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '512Mi',
    'imagefs.available': '512Mi',
  },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
};

/**
 * Writes what the agent is started with; with an enrolment token the first time, which is no
 * longer looked at once the node is enrolled.
 */
async function writeAgentConfig(
  path: string,
  dir: DataDir,
  controlPlane: ControlPlane,
  nodeName: string,
): Promise<void> {
  const enrolled = existsSync(join(dir.node, 'state', 'enrolment.json'));
  const config = {
    server: controlPlane.server,
    caFile: join(dir.pki, 'ca.crt'),
    nodeName,
    stateDir: join(dir.node, 'state'),
    runDir: runDirOf(nodeName, dir.node),
    ...OWN_MACHINE,
    ...(enrolled
      ? {}
      : { enrolmentToken: await createEnrolmentToken(controlPlane.client, { nodeName }) }),
  };
  await writeAtomically(path, JSON.stringify(config, null, 2), 0o600);
}

/** Resolves when a signal asks to stop. */
function untilAsked(): Promise<'asked'> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve('asked'));
  });
}

function nextSteps(dir: DataDir, options: UpOptions): string {
  const kubectl = `kubectl --kubeconfig ${dir.kubeconfig}`;
  return `
Next:
  ${kubectl} get nodes,deployments,pods -o wide
  ${kubectl} apply -f your-manifests.yaml
  npx fairlead node token create --data-dir ${options.dataDir}    # join another machine
Ctrl-C stops the control plane and the agent; containers go on running.
`;
}
