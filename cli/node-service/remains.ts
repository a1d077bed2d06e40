import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
 * Removes a folder of a node with all that is in it, and what the agent has mounted in it; of a folder
 * that is a disk of its own, what is in it.
 * @throws Error where something of somebody else's is mounted in it; nothing was removed then
 */
export async function removeFolder(path: string): Promise<void> {
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  const inside = mounts.filter(({ point }) => point.startsWith(`${path}/`));
  const foreign = inside.find(({ type }) => type !== 'tmpfs');
  if (foreign !== undefined) {
    throw new Error(
      `${foreign.point} is mounted (${foreign.type}): unmount it, and run this again`,
    );
  }
  for (const { point } of inside.toReversed()) await promisify(execFile)('umount', [point]);
  const names = await readdir(path).catch(() => []);
  for (const name of names) await rm(join(path, name), { recursive: true, force: true });
  if (!mounts.some(({ point }) => point === path)) await rm(path, { recursive: true, force: true });
}

/** The fifth field, in which blanks and the like are octal numbers, and the one after the dash (proc_pid_mountinfo(5)). */
export function parseMounts(mountinfo: string): { point: string; type: string }[] {
  return mountinfo.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const [point, type] = [fields[4], fields[fields.indexOf('-', 6) + 1]];
    if (point === undefined || type === undefined) return [];
    const unescaped = point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    return [{ point: unescaped, type }];
  });
}
