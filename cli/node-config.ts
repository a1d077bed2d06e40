import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readIfExists, writeAtomically } from './data-dir.ts';
import { localNodeName } from './node-name.ts';
import { runDirOf } from './run-dir.ts';

/** What a person says of a node that joins. */
export interface NodeOptions {
  readonly server: string;
  readonly token?: string;
  readonly caFile?: string;
  readonly name?: string;
  /** Where the node keeps its key and its state. */
  readonly stateDir: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the agent is started with, as far as the command line is concerned with it. */
export interface NodeConfig {
  readonly server: string;
  readonly nodeName: string;
  readonly stateDir: string;
  readonly runDir: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly caFile?: string;
  readonly enrolmentToken?: string;
  readonly dockerSocket?: string;
  readonly statusFile?: string;
  readonly shutdownGracePeriod?: string;
  readonly shutdownGracePeriodCriticalPods?: string;
}

/** The file with the node's configuration. */
export const nodeConfigPath = (stateDir: string): string => join(resolve(stateDir), 'agent.json');

/** Where the agent of a node that is a service says how it is. */
export const statusFileOf = ({ statusFile, runDir }: NodeConfig): string =>
  statusFile ?? join(runDir, 'status.json');

/** Null where this machine never joined. */
export async function readNodeConfig(stateDir: string): Promise<NodeConfig | null> {
  const text = await readIfExists(nodeConfigPath(stateDir));
  return text === null ? null : (JSON.parse(text) as NodeConfig);
}

/**
 * Works out a node's configuration from what is said, and from what an earlier join was told. Keeps a
 * copy of the certificate, whose medium may go away.
 * @throws Error where the machine never joined, and there is no token
 */
export async function newNodeConfig(options: NodeOptions): Promise<NodeConfig> {
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const known = await readNodeConfig(stateDir);
  if (known === null && options.token === undefined) {
    throw new Error(
      'this machine is not enrolled: pass --token with what `fairlead node token create` printed',
    );
  }
  const nodeName = options.name ?? known?.nodeName ?? localNodeName();
  return {
    ...known,
    server: options.server,
    nodeName,
    stateDir: join(stateDir, 'state'),
    runDir: runDirOf(nodeName, stateDir),
    labels: { ...known?.labels, ...options.labels },
    ...(options.caFile === undefined ? {} : { caFile: await copyCA(options.caFile, stateDir) }),
    ...(options.token === undefined ? {} : { enrolmentToken: options.token }),
  };
}

/** Writes it for its owner only; returns the file. */
export async function writeNodeConfig(stateDir: string, config: NodeConfig): Promise<string> {
  const path = nodeConfigPath(stateDir);
  await writeAtomically(path, JSON.stringify(config, null, 2), 0o600);
  return path;
}

async function copyCA(path: string, stateDir: string): Promise<string> {
  const copy = join(stateDir, 'ca.crt');
  await writeAtomically(copy, await readFile(path, 'utf8'), 0o644);
  return copy;
}
