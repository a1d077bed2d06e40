import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSubPath } from './open-sub-path.ts';

let volume: string;
beforeEach(async () => {
  volume = await mkdtemp(join(tmpdir(), 'fairlead-volume-'));
  await mkdir(join(volume, 'in/x'), { recursive: true });
  await writeFile(join(volume, 'in/file'), 'text');
  await symlink('in', join(volume, 'link'));
  await symlink('../in/file', join(volume, 'in/other'));
  await symlink('/etc', join(volume, 'out'));
  await symlink('loop', join(volume, 'loop'));
});
afterEach(() => rm(volume, { recursive: true, force: true }));

describe('MOUNT-5: a part of a volume', () => {
  it.each([
    { subPath: 'in/x', want: 'in/x' },
    { subPath: './in//file', want: 'in/file' },
    { subPath: 'link/x', want: 'in/x' },
    { subPath: 'link/other', want: 'in/file' },
    { subPath: 'link/new/deep', want: 'in/new/deep' },
  ])('$subPath is $want, made where it is missing', async ({ subPath, want }) => {
    const { handle, path } = await openSubPath(volume, subPath);
    const { ino } = await handle.stat();
    await handle.close();
    expect([path, ino]).toEqual([join(volume, want), (await stat(join(volume, want))).ino]);
  });

  it.each(['out', 'out/passwd', '../x', 'in/../../x'])('%s leads out', async (subPath) => {
    await expect(openSubPath(volume, subPath)).rejects.toThrow('leads out of the volume');
  });

  it.each([
    { subPath: 'loop', code: 'ELOOP' },
    { subPath: 'in/file/x', code: 'ENOTDIR' },
  ])('$subPath is none: $code', async ({ subPath, code }) => {
    await expect(openSubPath(volume, subPath)).rejects.toMatchObject({ code });
  });

  it('stays what it is when a link takes its place', async () => {
    await writeFile(join(volume, 'in/x/own'), 'own');
    const { handle } = await openSubPath(volume, 'in/x');
    await rename(join(volume, 'in/x'), join(volume, 'moved'));
    await symlink('/etc', join(volume, 'in/x'));
    expect(await readFile(`/proc/self/fd/${handle.fd}/own`, 'utf8')).toBe('own');
    await handle.close();
  });
});
