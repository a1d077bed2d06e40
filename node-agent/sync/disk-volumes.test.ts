import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskVolumes } from './disk-volumes.ts';

let stateDir: string;
let runDir: string;
let volumes: DiskVolumes;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'fairlead-state-'));
  // Shared memory is a tmpfs, so that nothing has to be mounted.
  runDir = await mkdtemp('/dev/shm/fairlead-run-');
  volumes = new DiskVolumes(stateDir, runDir);
});

const PLACE = { podUID: 'pod', container: 'main', index: 0 };

afterEach(async () => {
  await volumes.tearDown('pod');
  await rm(stateDir, { recursive: true, force: true });
  await rm(runDir, { recursive: true, force: true });
});

const files = (text: string) => [{ path: 'key', mode: 0o644, data: Buffer.from(text) }];

describe('Volumes on disk', () => {
  it.each(['', '.', '..', '../pods', 'a/b'])(
    'of no pod (%j) are not removed, since they are those of all',
    async (uid) => {
      const path = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
      await expect(volumes.tearDown(uid)).rejects.toThrow('is no UID of a pod');
      await expect(volumes.removeVolumes(uid)).rejects.toThrow('is no UID of a pod');
      expect((await stat(path)).isDirectory()).toBe(true);
    },
  );

  it('have confidential files in memory only', async () => {
    const plan = { kind: 'files' as const, confidential: true, files: files('hush') };
    const path = await volumes.setUp('pod', 'v', plan);
    expect(path.startsWith(runDir)).toBe(true);
    expect(await readFile(join(path, 'key'), 'utf8')).toBe('hush');
    const open = await volumes.setUp('pod', 'w', { ...plan, confidential: false });
    expect(open.startsWith(stateDir)).toBe(true);
  });

  it('keep what an emptyDir holds, until the pod is gone', async () => {
    const path = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    expect((await stat(path)).mode & 0o777).toBe(0o777);
    await writeFile(join(path, 'a'), 'kept');
    await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('kept');
    await volumes.tearDown('pod');
    await volumes.tearDown('pod');
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('MOUNT-5: make a missing subPath, and let none lead out', async () => {
    const path = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    const part = await volumes.subPath(path, 'a/b', PLACE);
    expect((await stat(part)).ino).toBe((await stat(join(path, 'a/b'))).ino);
    await expect(volumes.subPath(path, '../x', PLACE)).rejects.toThrow('leads out');
    await symlink('/etc', join(path, 'link'));
    await expect(volumes.subPath(path, 'link', PLACE)).rejects.toThrow('leads out');
  });

  it('MOUNT-5: show a subPath anew to each container that starts, and keep the volume when the pod goes', async () => {
    const host = join(stateDir, 'host');
    await mkdir(host);
    const plan = { kind: 'hostPath' as const, path: host, type: '' };
    const path = await volumes.setUp('pod', 'v', plan);
    await mkdir(join(path, 'a'));
    await writeFile(join(path, 'a', 'kept'), 'kept');
    await volumes.subPath(path, 'a', PLACE);
    await writeFile(join(path, 'file'), 'one');
    const file = await volumes.subPath(path, 'file', PLACE);
    expect(await readFile(file, 'utf8')).toBe('one');
    const again = await volumes.subPath(path, 'a', PLACE);
    expect(await readdir(again)).toEqual(['kept']);
    await volumes.tearDown('pod');
    expect(await readFile(join(path, 'a', 'kept'), 'utf8')).toBe('kept');
    expect(await readFile(join(path, 'file'), 'utf8')).toBe('one');
  });

  it.each([
    { type: '', want: 'ok' },
    { type: 'Directory', want: 'hostPath type check failed' },
    { type: 'DirectoryOrCreate', want: 'ok' },
    { type: 'FileOrCreate', want: 'ok' },
  ])('show a host path that is missing as type "$type": $want', async ({ type, want }) => {
    const path = join(stateDir, 'host');
    const shown = volumes.setUp('pod', 'v', { kind: 'hostPath', path, type });
    if (want === 'ok') expect(await shown).toBe(path);
    else await expect(shown).rejects.toThrow(want);
  });

  it.each([
    { type: 'DirectoryOrCreate', found: 'file', words: 'directory' },
    { type: 'FileOrCreate', found: 'directory', words: 'file' },
    { type: 'CharDevice', found: 'file', words: 'character device' },
    { type: 'BlockDevice', found: 'directory', words: 'block device' },
    { type: 'Socket', found: 'file', words: 'socket file' },
  ])('show no $found as a host path of type $type', async ({ type, found, words }) => {
    const path = join(stateDir, 'host');
    if (found === 'file') await writeFile(path, '');
    else await mkdir(path);
    await expect(volumes.setUp('pod', 'v', { kind: 'hostPath', path, type })).rejects.toThrow(
      `hostPath type check failed: ${path} is not a ${words}`,
    );
  });

  it('let who may use a volume use the parts that are made of it', async () => {
    const path = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    const part = await volumes.subPath(path, 'a/b', PLACE);
    expect((await stat(part)).mode & 0o777).toBe(0o777);
    expect((await stat(join(path, 'a'))).mode & 0o777).toBe(0o777);
  });

  it('go without what else there is of a pod when it is over', async () => {
    const disk = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    const memory = await volumes.setUp('pod', 'w', {
      kind: 'files',
      confidential: true,
      files: files('hush'),
    });
    const log = await volumes.terminationLog('pod', 'main', 0);
    await volumes.removeVolumes('pod');
    await expect(stat(disk)).rejects.toThrow('ENOENT');
    await expect(stat(memory)).rejects.toThrow('ENOENT');
    expect((await stat(log)).isFile()).toBe(true);
  });

  it('are filled once, as a whole', async () => {
    const path = await volumes.setUp('pod', 'v', {
      kind: 'image',
      reference: 'data:1',
      policy: 'Always',
    });
    const fill = (text: string) => (directory: string) => writeFile(join(directory, 'a'), text);
    await expect(
      volumes.fillOnce(path, async (directory) => {
        await writeFile(join(directory, 'half'), '');
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(await readdir(path)).toEqual([]);
    await volumes.fillOnce(path, fill('first'));
    await volumes.fillOnce(path, fill('second'));
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('first');
  });

  // Only root gives files away.
  const isRoot = process.getuid?.() === 0;

  it.skipIf(!isRoot)(
    'are given to a group with all that is in them, once for each pod',
    async () => {
      const path = join(volumes.directories, 'pvc-1');
      const plan = { kind: 'local' as const, path, volume: 'pvc-1' };
      await volumes.setUp('first', 'v', plan);
      await mkdir(join(path, 'a'));
      await writeFile(join(path, 'a', 'b'), '', { mode: 0o600 });
      await symlink('/etc/hostname', join(path, 'link'));
      const given = { ...plan, group: { gid: 4711, policy: 'Always' as const } };
      await volumes.setUp('second', 'v', given);
      const of = async (name: string) => {
        const { gid, mode } = await stat(join(path, name));
        return `${gid} ${(mode & 0o7777).toString(8)}`;
      };
      expect(await of('')).toBe('4711 2777');
      expect(await of('a')).toBe('4711 2775');
      expect(await of('a/b')).toBe('4711 660');
      expect((await stat('/etc/hostname')).gid).toBe(0);
      await writeFile(join(path, 'a', 'c'), '', { mode: 0o600 });
      await chown(join(path, 'a', 'c'), 0, 0);
      await volumes.setUp('second', 'v', given);
      expect((await stat(join(path, 'a', 'c'))).gid).toBe(0);
      const mismatch = { gid: 4711, policy: 'OnRootMismatch' as const };
      await volumes.setUp('third', 'v', { ...plan, group: mismatch });
      expect((await stat(join(path, 'a', 'c'))).gid).toBe(0);
    },
  );

  it('show a host path of the right type as it is', async () => {
    const path = join(stateDir, 'host');
    await mkdir(path);
    expect(await volumes.setUp('pod', 'v', { kind: 'hostPath', path, type: 'Directory' })).toBe(
      path,
    );
  });

  it('make a directory of their own for a volume, and keep what it holds beyond the pod', async () => {
    const path = join(volumes.directories, 'pvc-1');
    const plan = { kind: 'local' as const, path, volume: 'pvc-1' };
    expect(await volumes.setUp('pod', 'v', plan)).toBe(path);
    expect((await stat(path)).mode & 0o777).toBe(0o777);
    await writeFile(join(path, 'a'), 'kept');
    await volumes.tearDown('pod');
    await volumes.setUp('other', 'v', plan);
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('kept');
  });

  it.each([
    { what: 'one that has another name', path: 'other', volume: 'pvc-1' },
    { what: 'one that leads out', path: '../x', volume: '../x' },
    { what: 'one that is none of ours', path: '/nowhere/x', volume: 'x' },
  ])('make no directory for $what', async ({ path, volume }) => {
    const whole = path.startsWith('/') ? path : `${volumes.directories}/${path}`;
    const plan = { kind: 'local' as const, path: whole, volume };
    await expect(volumes.setUp('pod', 'v', plan)).rejects.toThrow(`path "${whole}" does not exist`);
    await expect(stat(whole)).rejects.toThrow('ENOENT');
  });

  it('show a directory that somebody else has made', async () => {
    const path = join(stateDir, 'mine');
    await mkdir(path);
    const plan = { kind: 'local' as const, path, volume: 'static' };
    expect(await volumes.setUp('pod', 'v', plan)).toBe(path);
  });

  it('remove a directory of their own, and what an earlier try has left', async () => {
    const path = join(volumes.directories, 'pvc-1');
    await volumes.setUp('pod', 'v', { kind: 'local', path, volume: 'pvc-1' });
    await writeFile(join(path, 'a'), 'x');
    await mkdir(`${path}.Removed`);
    await writeFile(join(`${path}.Removed`, 'b'), 'x');
    await volumes.removeDirectory('pvc-1');
    await volumes.removeDirectory('pvc-1');
    expect(await readdir(volumes.directories)).toEqual([]);
  });

  it.each(['..', '../x', 'a/b', '', '.', 'A', `a\0b`])('remove nothing called %j', async (name) => {
    await mkdir(volumes.directories, { recursive: true });
    await expect(volumes.removeDirectory(name)).rejects.toThrow('volume name is not valid');
    expect(await readdir(stateDir)).toEqual(['volumes']);
  });
});
