import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where to look; other places in tests. */
export interface GroupPlace {
  /** Where the kernel's control groups are mounted. */
  readonly root: string;
  /** What says in which of them this process is. */
  readonly membership: string;
  /** What lists the machine's swap areas, below one line of titles. */
  readonly swaps: string;
  readonly pid: number;
}

const OWN_PLACE: GroupPlace = {
  root: '/sys/fs/cgroup',
  membership: '/proc/self/cgroup',
  swaps: '/proc/swaps',
  pid: process.pid,
};

/**
 * Has the kernel take back the pages of this process that files can give again, such as its program's, which
 * are read again as they are needed. Nothing happens where the process has no memory cgroup of its own (a
 * systemd unit has, and a container), since it would be done to others: then the answer is false.
 *
 * Kernel, admin-guide/cgroup-v2: memory.reclaim (since Linux 5.19); cgroup-v1/memory: force_empty.
 * @throws Error where the group is its own, and the kernel refuses
 */
export async function dropFilePages(place: GroupPlace = OWN_PLACE): Promise<boolean> {
  const group = memoryGroup(place, await readFile(place.membership, 'utf8'));
  if (group === undefined || !(await isAlone(group.directory, place.pid))) return false;
  const file = (name: string): string => join(group.directory, name);
  // What is the process's own must not be written to swap for it.
  const swaps = await hasSwap(place.swaps);
  if (group.version === 1) {
    if (swaps) await writeFile(file('memory.swappiness'), '0');
    await writeFile(file('memory.force_empty'), '0');
    return true;
  }
  const [, bytes = '0'] = /^file (\d+)$/m.exec(await readFile(file('memory.stat'), 'utf8')) ?? [];
  // The second word is of newer kernels: on others this fails where it is needed, and only there.
  const request = swaps ? `${bytes} swappiness=0` : bytes;
  await writeFile(file('memory.reclaim'), request).catch(unlessInUse);
  return true;
}

interface MemoryGroup {
  readonly version: 1 | 2;
  readonly directory: string;
}

/** @param membership lines of `<hierarchy>:<controllers>:<path>`; version 2 has no controllers */
function memoryGroup({ root }: GroupPlace, membership: string): MemoryGroup | undefined {
  let unified: MemoryGroup | undefined;
  for (const line of membership.split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes('memory')) {
      return { version: 1, directory: join(root, 'memory', path) };
    }
    if (path !== '' && controllers === '') unified = { version: 2, directory: join(root, path) };
  }
  return unified;
}

async function isAlone(directory: string, pid: number): Promise<boolean> {
  try {
    return (await readFile(join(directory, 'cgroup.procs'), 'utf8')).trim() === String(pid);
  } catch {
    // Mounted elsewhere, or not at all.
    return false;
  }
}

const hasSwap = async (swaps: string): Promise<boolean> =>
  (await readFile(swaps, 'utf8')).trim().split('\n').length > 1;

function unlessInUse(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
}
