import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIGNALS } from '../diff/eviction/signals.ts';
import { directoryUsage } from './directory-usage.ts';
import { newMachineFiles } from './machine-files.ts';
import { observeMachine, readDisk } from './machine-observations.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-machine-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('What is left on a machine', () => {
  it('is read for every signal, and never more than there is', async () => {
    const observations = await observeMachine(directory, directory);
    expect(Object.keys(observations).sort()).toEqual([...SIGNALS].sort());
    for (const { available, capacity } of Object.values(observations)) {
      expect(available).toBeGreaterThanOrEqual(0);
      expect(available).toBeLessThanOrEqual(capacity);
    }
  });

  it('is not told for images that are elsewhere', async () => {
    const nowhere = join(directory, 'none');
    expect(await observeMachine(directory, nowhere)).not.toHaveProperty(['imagefs.available']);
    expect(await readDisk(nowhere)).toBeUndefined();
    expect(await readDisk(undefined)).toBeUndefined();
    expect((await readDisk(directory))?.capacityBytes).toBeGreaterThan(0);
  });
});

describe('A directory', () => {
  it('takes what all that is in it takes, and nothing of what its links lead to', async () => {
    await mkdir(join(directory, 'a'));
    await writeFile(join(directory, 'a', 'b'), Buffer.alloc(100_000, 'x'));
    await symlink('/usr', join(directory, 'link'));
    const { bytes, inodes } = await directoryUsage(directory);
    expect(inodes).toBe(4);
    expect(bytes).toBeGreaterThanOrEqual(100_000);
    expect(bytes).toBeLessThan(200_000);
    expect(await directoryUsage(join(directory, 'none'))).toEqual({ bytes: 0, inodes: 0 });
  });
});

describe('Profiles of system calls', () => {
  it('are read of their folder, and missed by their path', async () => {
    await writeFile(join(directory, 'strict.json'), '{}');
    const files = newMachineFiles(directory);
    expect(await files.seccompProfile('strict.json')).toBe('{}');
    await expect(files.seccompProfile('none.json')).rejects.toThrow(
      `cannot load seccomp profile "${join(directory, 'none.json')}"`,
    );
  });
});
