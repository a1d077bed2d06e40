import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { Observation, Observations } from '../diff/eviction/signals.ts';
import type { Disk } from '../diff/image-garbage.ts';
import { readWorkingSet } from './machine-usage.ts';

/**
 * What is left on this machine.
 * @param imageDirectory where the engine keeps images; undefined: not on this machine
 */
export async function observeMachine(
  stateDir: string,
  imageDirectory: string | undefined,
): Promise<Observations> {
  const workingSetBytes = await readWorkingSet();
  const capacity = totalmem();
  const node = await fileSystem(stateDir);
  const images = imageDirectory === undefined ? undefined : await fileSystem(imageDirectory);
  return {
    'memory.available': { available: Math.max(0, capacity - workingSetBytes), capacity },
    ...(node === undefined
      ? {}
      : { 'nodefs.available': node.bytes, 'nodefs.inodesFree': node.inodes }),
    ...(images === undefined
      ? {}
      : { 'imagefs.available': images.bytes, 'imagefs.inodesFree': images.inodes }),
  };
}

/** The disk that images are on; undefined where it is not on this machine. */
export async function readDisk(path: string | undefined): Promise<Disk | undefined> {
  const found = path === undefined ? undefined : await fileSystem(path);
  if (found === undefined) return undefined;
  return { capacityBytes: found.bytes.capacity, availableBytes: found.bytes.available };
}

async function fileSystem(
  path: string,
): Promise<{ bytes: Observation; inodes: Observation } | undefined> {
  try {
    const { blocks, bavail, bsize, files, ffree } = await statfs(path);
    const bytes = { available: bavail * bsize, capacity: blocks * bsize };
    // Some file systems make inodes as they need them, and count none.
    const inodes =
      files === 0 ? { available: 1, capacity: 1 } : { available: ffree, capacity: files };
    return { bytes, inodes };
  } catch {
    // Not there, or not to be looked at: the engine runs elsewhere.
    return undefined;
  }
}
