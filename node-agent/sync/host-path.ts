import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';

interface HostPathType {
  readonly fits: (found: Stats) => boolean;
  readonly words: string;
}

const DIRECTORY: HostPathType = { fits: (found) => found.isDirectory(), words: 'directory' };
const FILE: HostPathType = { fits: (found) => found.isFile(), words: 'file' };

const TYPES: Readonly<Record<string, HostPathType>> = {
  Directory: DIRECTORY,
  DirectoryOrCreate: DIRECTORY,
  File: FILE,
  FileOrCreate: FILE,
  Socket: { fits: (found) => found.isSocket(), words: 'socket file' },
  CharDevice: { fits: (found) => found.isCharacterDevice(), words: 'character device' },
  BlockDevice: { fits: (found) => found.isBlockDevice(), words: 'block device' },
};

/**
 * Checks, or with the `OrCreate` types makes, what a hostPath volume shows.
 * @throws Error with upstream's words where something else is there (pkg/volume/hostpath).
 */
export async function hostPath(path: string, type: string): Promise<string> {
  const wanted = TYPES[type];
  if (wanted === undefined) return path;
  let found = await stat(path).catch(() => undefined);
  if (found === undefined && type.endsWith('OrCreate')) {
    if (wanted === DIRECTORY) await mkdir(path, { recursive: true, mode: 0o755 });
    else await writeFile(path, '', { flag: 'a', mode: 0o644 });
    found = await stat(path);
  }
  if (found === undefined || !wanted.fits(found)) {
    throw new Error(`hostPath type check failed: ${path} is not a ${wanted.words}`);
  }
  return path;
}
