import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface DirectoryUsage {
  readonly bytes: number;
  readonly inodes: number;
}

const BLOCK_BYTES = 512;

/** What a directory takes of its disk, as du(1) counts; what goes away meanwhile counts as gone. */
export async function directoryUsage(path: string): Promise<DirectoryUsage> {
  let bytes = 0;
  let inodes = 0;
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const found = await lstat(next).catch(() => undefined);
    if (found === undefined) continue;
    bytes += found.blocks * BLOCK_BYTES;
    inodes++;
    if (!found.isDirectory()) continue;
    const directory = next;
    const names = await readdir(directory).catch(() => []);
    for (const name of names) waiting.push(join(directory, name));
  }
  return { bytes, inodes };
}
