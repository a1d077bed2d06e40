import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
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

afterEach(async () => {
  await rm(stateDir, { recursive: true, force: true });
  await rm(runDir, { recursive: true, force: true });
});

const files = (text: string) => [{ path: 'key', mode: 0o644, data: Buffer.from(text) }];

describe('Volumes on disk', () => {
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

  it('make a missing subPath, and let none lead out', async () => {
    const path = await volumes.setUp('pod', 'v', { kind: 'emptyDir', memory: false });
    expect(await volumes.subPath(path, 'a/b')).toBe(join(path, 'a/b'));
    await expect(volumes.subPath(path, '../x')).rejects.toThrow('leads out');
    await symlink('/etc', join(path, 'link'));
    await expect(volumes.subPath(path, 'link')).rejects.toThrow('leads out');
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

  it('show a host path of the right type as it is', async () => {
    const path = join(stateDir, 'host');
    await mkdir(path);
    expect(await volumes.setUp('pod', 'v', { kind: 'hostPath', path, type: 'Directory' })).toBe(
      path,
    );
  });
});
