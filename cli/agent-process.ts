import { buildIfStale } from './build-if-stale.ts';

/** How the agent's process is started: what the program is, and what it is given. */
export interface AgentCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Lets the agent collect garbage when it falls quiet: 8 MB of 34 that are its own. */
export const AGENT_NODE_FLAGS = ['--expose-gc'];
/** One heap for all threads: the allocator else gives each its own, 2 MB that are hardly used. */
export const AGENT_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };

/**
 * The command that runs the agent with a configuration file, from its bundle: built when it is missing
 * or older than its sources, of which `onBuild` is told before.
 */
export async function agentCommand(configPath: string, onBuild: () => void): Promise<AgentCommand> {
  const bundle = await agentBundle(onBuild);
  return {
    program: process.execPath,
    args: [...AGENT_NODE_FLAGS, bundle, '--config', configPath],
    env: { ...AGENT_ENVIRONMENT, ...process.env },
  };
}

/** The agent as one file. */
export function agentBundle(onBuild: () => void): Promise<string> {
  return buildIfStale({
    output: 'dist/agent/main.js',
    entry: 'node-agent/main.ts',
    sources: ['node-agent', 'apimachinery', 'scripts/build-agent.ts', 'package-lock.json'],
    script: 'scripts/build-agent.ts',
    onBuild,
  });
}
