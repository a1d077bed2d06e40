import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { symlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFile } from '../diff/volume-plan.ts';

/**
 * Writes files so that a reader sees the old set or the new set, never a mix:
 *
 *   ..2026_11_23_17_45_00_000.0/…   the files of one update
 *   ..data -> ..2026_…              swapped by a rename
 *   <name> -> ..data/<name>         one for each top-level name
 *
 * A container that has the directory mounted sees the swap. Nothing is written when the files
 * are as wanted already.
 */
export async function writeAtomicDirectory(
  directory: string,
  wanted: readonly VolumeFile[],
): Promise<void> {
  const files = wanted.map(possible);
  const astray = files.find(({ path }) => path.split('/').includes('..') || path.startsWith('/'));
  if (astray !== undefined) throw new Error(`path ${astray.path} leads out of the volume`);
  const data = join(directory, '..data');
  const before = await readlink(data).catch(() => undefined);
  if (before !== undefined && (await isUpToDate(join(directory, before), files))) return;
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:T.]/g, '_')
    .slice(0, 23);
  const version = await newVersion(directory, stamp);
  for (const file of files) {
    const path = join(directory, version, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.data);
    await chmod(path, file.mode);
    const { uid = -1, gid = -1 } = file.owner ?? {};
    if (file.owner !== undefined) await chown(path, uid, gid);
  }
  const next = join(directory, '..data_tmp');
  await rm(next, { force: true });
  await symlink(version, next);
  await rename(next, data);
  await linkNames(directory, files);
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
}

/**
 * Only root gives files away. What another user should own, all may read then: they are the users
 * of the pod, since directories above are closed to others of this machine.
 */
function possible(file: VolumeFile): VolumeFile {
  if (file.owner === undefined || process.getuid?.() === 0) return file;
  const { path, data, mode } = file;
  return { path, data, mode: mode | 0o444 };
}

/** A directory that does not exist yet, whatever updates came within the same millisecond. */
async function newVersion(directory: string, stamp: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const version = `..${stamp}.${attempt}`;
    try {
      await mkdir(join(directory, version), { mode: 0o755 });
      return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Keeps one link for each top-level name; links to names that are gone are removed. */
async function linkNames(directory: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? ''));
  const present = new Set((await readdir(directory)).filter((name) => !name.startsWith('..')));
  for (const name of wanted) {
    if (!present.has(name)) await symlink(join('..data', name), join(directory, name));
  }
  for (const name of present) {
    if (!wanted.has(name)) await rm(join(directory, name), { force: true });
  }
}

async function isUpToDate(version: string, files: readonly VolumeFile[]): Promise<boolean> {
  const entries = await readdir(version, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.filter((entry) => entry.isFile()).length !== files.length) return false;
  for (const file of files) {
    const path = join(version, file.path);
    const [found, info] = await Promise.all([
      readFile(path).catch(() => undefined),
      stat(path).catch(() => undefined),
    ]);
    if (found === undefined || !found.equals(file.data)) return false;
    if (((info?.mode ?? 0) & 0o777) !== (file.mode & 0o777)) return false;
    const { uid = info?.uid, gid = info?.gid } = file.owner ?? {};
    if (info?.uid !== uid || info?.gid !== gid) return false;
  }
  return true;
}
