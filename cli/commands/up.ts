import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { APIClient } from '../api-client.ts';
import { PACKAGE_ROOT } from '../control-plane/bundle.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { dataDirAt, readIfExists, writeAtomically, type DataDir } from '../data-dir.ts';
import { ensureEngine } from '../engine.ts';
import { deployHello } from '../hello/deploy-hello.ts';
import { createEnrolmentToken, waitForNode } from '../nodes.ts';
import { Progress } from '../progress.ts';

export interface UpOptions {
  readonly dataDir: string;
  readonly address: string;
  readonly port: number;
  readonly nodeName?: string;
  /** Start a node on this machine's engine. */
  readonly node: boolean;
  /** Deploy examples/hello. */
  readonly hello: boolean;
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
  const controlPlane = await startControlPlane({
    dir,
    address: options.address,
    port: options.port,
    onProgress: (text) => progress.begin(text),
  });
  progress.done(`control plane at ${controlPlane.server}`);
  const agent = new LocalAgent();
  const stopped = untilStopped(controlPlane, agent);
  try {
    if (options.node) await bringUpNode(options, dir, controlPlane, agent, progress);
    progress.say(nextSteps(dir, options));
    return await stopped;
  } finally {
    await agent.stop();
    await controlPlane.stop();
    controlPlane.client.close();
  }
}

async function bringUpNode(
  options: UpOptions,
  dir: DataDir,
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
  const nodeName = options.nodeName ?? localNodeName();
  await agent.start(dir, controlPlane, nodeName);
  await waitForNode(controlPlane.client, nodeName);
  progress.done(`node ${nodeName} is ready`);
  if (options.hello) await bringUpHello(controlPlane.client, progress);
}

async function bringUpHello(client: APIClient, progress: Progress): Promise<void> {
  progress.begin('deploying examples/hello');
  const url = await deployHello(client);
  progress.done(`hello serves at ${url}`);
}

/** The agent of this machine's node, as a process of its own: it may die, and come back, alone. */
class LocalAgent {
  #child: ChildProcess | null = null;

  async start(dir: DataDir, controlPlane: ControlPlane, nodeName: string): Promise<void> {
    const configPath = join(dir.node, 'agent.json');
    const enrolled = (await readIfExists(configPath)) !== null;
    const caFile = join(dir.pki, 'ca.crt');
    await writeAtomically(
      configPath,
      JSON.stringify(
        {
          server: controlPlane.server,
          caFile,
          nodeName,
          stateDir: join(dir.node, 'state'),
          runDir: runDirOf(dir, nodeName),
          ...(enrolled
            ? {}
            : { enrolmentToken: await createEnrolmentToken(controlPlane.client, { nodeName }) }),
        },
        null,
        2,
      ),
      0o600,
    );
    const log = openSync(join(dir.logs, 'node.log'), 'a');
    this.#child = spawn(
      process.execPath,
      [join(PACKAGE_ROOT, 'node-agent/main.ts'), '--config', configPath],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}

/** What must not survive a reboot: on the system's tmpfs where this may write there. */
function runDirOf(dir: DataDir, nodeName: string): string {
  return process.getuid?.() === 0 ? join('/run/fairlead', nodeName) : join(dir.node, 'run');
}

/** The machine's name as a node name: lower case, and only what a DNS name may hold. */
function localNodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'local' : name;
}

/** Resolves with the exit code: asked to stop by a signal, or because the control plane is gone. */
function untilStopped(controlPlane: ControlPlane, agent: LocalAgent): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0));
    void controlPlane.exited.then(async ({ code, signal }) => {
      process.stderr.write(`the control plane ended (${signal ?? `exit code ${code ?? 0}`})\n`);
      await agent.stop();
      resolve(1);
    });
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
