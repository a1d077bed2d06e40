import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { agentID } from '../../node-agent/agent-id.ts';
import { LABEL, ownedBy } from '../../node-agent/runtime/docker/names.ts';
import type { Enrolment } from '../../node-agent/transport/enrolment.ts';
import type { NodeConfig } from '../node-config.ts';

/** For containers to end before they are killed. */
const STOP_SECONDS = 10;
const STOPPED_AT_ONCE = 8;

function engineOf({ dockerSocket }: NodeConfig): Docker {
  return new Docker(dockerSocket === undefined ? undefined : { socketPath: dockerSocket });
}

export interface NodeContainer {
  readonly id: string;
  /** It holds a pod's network, and has nothing to bring to an end. */
  readonly isSandbox: boolean;
}

/** The containers of a node, those that have ended included. */
export async function containersOfNode(
  config: NodeConfig,
  { cluster, nodeName: node }: Enrolment,
): Promise<NodeContainer[]> {
  const label = ownedBy({ cluster, node, agent: agentID(config.stateDir) });
  const listed = await engineOf(config).listContainers({ all: true, filters: { label } });
  return listed.map(({ Id: id, Labels }) => ({
    id,
    isSandbox: Labels[LABEL.type] === 'sandbox',
  }));
}

/** Ends containers, and removes them with what they have written. */
export async function removeContainers(
  config: NodeConfig,
  containers: readonly NodeContainer[],
): Promise<void> {
  const engine = engineOf(config);
  // Who ends may still have something to say to others.
  const last = containers.filter(({ isSandbox }) => isSandbox);
  for (const group of [containers.filter(({ isSandbox }) => !isSandbox), last]) {
    const left = group.values();
    const removeNext = async (): Promise<void> => {
      for (const { id, isSandbox } of left) {
        const container = engine.getContainer(id);
        // One that does not run, or is gone, needs no stop.
        if (!isSandbox) await container.stop({ t: STOP_SECONDS }).catch(() => undefined);
        await removeUnlessGone(container);
      }
    };
    await Promise.all(Array.from({ length: STOPPED_AT_ONCE }, removeNext));
  }
}

async function removeUnlessGone(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}

/**
 * Removes a folder of a node with all that is in it.
 * @throws Error where something is still mounted in it, of which nothing was removed then
 */
export async function removeFolder(path: string): Promise<void> {
  for (const mount of (await mountsBelow(path)).reverse()) {
    await promisify(execFile)('umount', [mount]);
  }
  const [left] = await mountsBelow(path);
  if (left !== undefined) {
    throw new Error(`${left} is still mounted: end what uses it, and run this again`);
  }
  await rm(path, { recursive: true, force: true });
}

/** Mount points in a folder, in the order in which they were mounted. */
async function mountsBelow(path: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return mountPoints(text).filter((point) => point === path || point.startsWith(join(path, sep)));
}

/** The fifth field, in which blanks and the like are octal numbers (proc_pid_mountinfo(5)). */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((field) => field !== '')
    .map((field) =>
      field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
    );
}
