import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { agentCommand } from '../agent-process.ts';
import type { AgentCommand } from '../agent-process.ts';
import { readIfExists, writeAtomically } from '../data-dir.ts';
import { ensureEngine, PODMAN } from '../engine.ts';
import { localNodeName } from '../node-name.ts';
import { runDirOf } from '../run-dir.ts';

export interface JoinOptions {
  readonly server: string;
  readonly token?: string;
  readonly caFile?: string;
  readonly name?: string;
  /** Where the node keeps its key and its state. */
  readonly stateDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly installEngine: boolean;
}

/** Enrols this machine where it is not yet, then runs its agent until SIGINT or SIGTERM. */
export async function joinNode(options: JoinOptions): Promise<number> {
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const engine = await ensureEngine({
    install: options.installEngine,
    logPath: join(stateDir, 'engine.log'),
    announce: (text) => process.stdout.write(`${text}\n`),
  });
  if (!engine.ready) throw new Error(engine.why);
  const configPath = join(stateDir, 'agent.json');
  const known = await knownConfig(configPath);
  if (known === null && options.token === undefined) {
    throw new Error(
      'this machine is not enrolled: pass --token with what `fairlead node token create` printed',
    );
  }
  const nodeName = options.name ?? known?.nodeName ?? localNodeName();
  const config = {
    ...known,
    server: options.server,
    nodeName,
    stateDir: join(stateDir, 'state'),
    runDir: runDirOf(nodeName, stateDir),
    labels: { ...known?.labels, ...options.labels },
    ...(options.caFile === undefined ? {} : { caFile: await copyCA(options.caFile, stateDir) }),
    ...(options.token === undefined ? {} : { enrolmentToken: options.token }),
  };
  await writeAtomically(configPath, JSON.stringify(config, null, 2), 0o600);
  process.stdout.write(`node ${nodeName} joins ${options.server}; engine ${engine.version}\n`);
  if (engine.version.startsWith(PODMAN)) {
    process.stdout.write(
      'Podman is not Docker in everything: docs/engines.md lists what differs\n',
    );
  }
  const command = await agentCommand(configPath, () => {
    process.stdout.write('building the node agent\n');
  });
  return runAgent(command);
}

/** What an earlier join was given, so that it need not be said again. */
interface KnownConfig {
  readonly nodeName: string;
  readonly caFile?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly enrolmentToken?: string;
}

/** Null where this machine never joined. */
async function knownConfig(path: string): Promise<KnownConfig | null> {
  const text = await readIfExists(path);
  return text === null ? null : (JSON.parse(text) as KnownConfig);
}

/** The certificate may be on a medium that goes away; the node keeps its own copy. */
async function copyCA(path: string, stateDir: string): Promise<string> {
  const copy = join(stateDir, 'ca.crt');
  await writeAtomically(copy, await readFile(path, 'utf8'), 0o644);
  return copy;
}

function runAgent({ program, args, env }: AgentCommand): Promise<number> {
  const child = spawn(program, args, { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  // An agent that was killed has failed; one that was asked to end exits with 0.
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}
