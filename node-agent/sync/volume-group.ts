import { lchown, lstat, readdir, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeGroup } from '../diff/fs-group.ts';

const SET_GID = 0o2000;
const GROUP_WRITES = 0o660;
const GROUP_ENTERS = 0o110;

/**
 * Gives a volume, and all that is in it, to a group that may read and write it; what is made in it
 * later is the group's as well (pkg/volume, SetVolumeOwnership). Links are given away themselves,
 * never what they lead to. An agent that is not root can give nothing away, and leaves it as it is.
 */
export async function giveToGroup(path: string, { gid, policy }: VolumeGroup): Promise<void> {
  if (process.getuid?.() !== 0) return;
  if (policy === 'OnRootMismatch' && (await isOfGroup(path, gid))) return;
  await giveAll(path, gid);
}

async function isOfGroup(path: string, gid: number): Promise<boolean> {
  const found = await lstat(path);
  const wanted = SET_GID | GROUP_WRITES | GROUP_ENTERS;
  return found.gid === gid && (found.mode & wanted) === wanted;
}

/** What is inside goes first: a root that is the group's says that all of it is. */
async function giveAll(path: string, gid: number): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await giveAll(join(path, name), gid);
  }
  await lchown(path, found.uid, gid);
  if (found.isSymbolicLink()) return;
  const more = found.isDirectory() ? SET_GID | GROUP_ENTERS : 0;
  await chmod(path, (found.mode & 0o7777) | GROUP_WRITES | more);
}
