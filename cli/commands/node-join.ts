import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { agentCommand } from '../agent-process.ts';
import type { AgentCommand } from '../agent-process.ts';
import { ensureEngine, PODMAN } from '../engine.ts';
import { newNodeConfig, writeNodeConfig } from '../node-config.ts';
import type { NodeOptions } from '../node-config.ts';

export interface JoinOptions extends NodeOptions {
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
  const config = await newNodeConfig(options);
  const configPath = await writeNodeConfig(stateDir, config);
  process.stdout.write(
    `node ${config.nodeName} joins ${options.server}; engine ${engine.version}\n`,
  );
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

function runAgent({ program, args, env }: AgentCommand): Promise<number> {
  const child = spawn(program, args, { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  // An agent that was killed has failed; one that was asked to end exits with 0.
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}
