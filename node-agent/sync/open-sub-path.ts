import { constants } from 'node:fs';
import { chmod, mkdir, open, realpath, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Linux: names a file without reading it, so that a file of any kind can be held. Node has no name for it. */
const O_PATH = 0o10000000;
const HOLD = O_PATH | constants.O_NOFOLLOW;
/** As many as the kernel follows. */
const MAX_LINKS = 40;

/** A part of a volume, held open: whatever its name stands for later, this stays what it is. */
export interface HeldPath {
  readonly handle: FileHandle;
  /** Its name when it was opened. */
  readonly path: string;
}

/**
 * Opens a part of a volume step by step, each from the directory before, so that no container that writes
 * to the volume can lead out of it by putting a link in the place of a directory; links that stay
 * in it are followed. What is missing is made as directories that whoever may use the volume may use.
 *
 * @throws Error for what leads out of the volume
 */
export async function openSubPath(volumePath: string, subPath: string): Promise<HeldPath> {
  const root = await realpath(volumePath);
  const { mode } = await stat(root);
  let names = partsOf(subPath);
  if (names.includes('..')) throw leadsOut(subPath);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const found = await walk(root, names, mode & 0o7777);
    if ('handle' in found) return { handle: found.handle, path: join(root, ...names) };
    // A link: where it leads to is walked to in its place, from the root again.
    const way = relative(root, await realpath(join(root, ...names.slice(0, found.linkAt + 1))));
    if (way === '..' || way.startsWith(`..${sep}`)) throw leadsOut(subPath);
    names = [...partsOf(way), ...names.slice(found.linkAt + 1)];
  }
  throw leadsOut(subPath);
}

/** What the names lead to, or the number of the first that is a link. */
async function walk(
  root: string,
  names: readonly string[],
  mode: number,
): Promise<{ handle: FileHandle } | { linkAt: number }> {
  let handle = await open(root, HOLD);
  for (const [index, name] of names.entries()) {
    const parent = handle;
    try {
      handle = await openOrMake(`/proc/self/fd/${parent.fd}/${name}`, mode);
    } finally {
      await parent.close();
    }
    if (!(await handle.stat()).isSymbolicLink()) continue;
    await handle.close();
    return { linkAt: index };
  }
  return { handle };
}

async function openOrMake(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, HOLD);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(path);
  const handle = await open(path, HOLD);
  // By what is held: the name may be a link to something else by now.
  if ((await handle.stat()).isDirectory()) await chmod(`/proc/self/fd/${handle.fd}`, mode);
  return handle;
}

const partsOf = (path: string): string[] =>
  path.split(sep).filter((part) => part !== '' && part !== '.');

const leadsOut = (subPath: string): Error =>
  new Error(`subPath ${subPath} leads out of the volume`);
