import { buildIfStale } from './build-if-stale.ts';

/** How the agent's process is started: what the program is, and what it is given. */
export interface AgentCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The command that runs the agent with a configuration file, from its bundle: built when it is missing
 * or older than its sources, of which `onBuild` is told before.
 */
export async function agentCommand(configPath: string, onBuild: () => void): Promise<AgentCommand> {
  const bundle = await agentBundle(onBuild);
  return { program: process.execPath, args: [bundle, '--config', configPath] };
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
