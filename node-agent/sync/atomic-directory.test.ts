import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomicDirectory } from './atomic-directory.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-volume-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const file = (path: string, text: string, mode = 0o644) => ({
  path,
  mode,
  data: Buffer.from(text),
});

const visible = async (): Promise<string[]> =>
  (await readdir(directory)).filter((name) => !name.startsWith('..')).sort();

describe('A directory that is written in one step', () => {
  it('gives files to their users, or lets all read what it cannot give away', async () => {
    const owner = { uid: 1234, gid: 5678 };
    const files = [{ ...file('token', 'hush', 0o640), owner }];
    await writeAtomicDirectory(directory, files);
    const before = await readlink(join(directory, '..data'));
    const { uid, gid, mode } = await stat(join(directory, 'token'));
    const mayGive = process.getuid?.() === 0;
    if (mayGive) expect([uid, gid, mode & 0o777]).toEqual([1234, 5678, 0o640]);
    else expect(mode & 0o777).toBe(0o644);
    await writeAtomicDirectory(directory, files);
    expect(await readlink(join(directory, '..data'))).toBe(before);
  });

  it('shows its files, with their modes, through one link', async () => {
    await writeAtomicDirectory(directory, [file('a', 'one', 0o400), file('d/b', 'two')]);
    expect(await visible()).toEqual(['a', 'd']);
    expect(await readFile(join(directory, 'd', 'b'), 'utf8')).toBe('two');
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o400);
    expect(await readlink(join(directory, 'a'))).toBe('..data/a');
    expect((await lstat(join(directory, '..data'))).isSymbolicLink()).toBe(true);
  });

  it('changes as a whole, and leaves nothing of what was', async () => {
    await writeAtomicDirectory(directory, [file('a', 'one'), file('b', 'one')]);
    await writeAtomicDirectory(directory, [file('b', 'two'), file('c', 'two')]);
    expect(await visible()).toEqual(['b', 'c']);
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe('two');
    expect(await readdir(directory)).toHaveLength(4);
  });

  it('is not touched when it is as wanted', async () => {
    await writeAtomicDirectory(directory, [file('a', 'one')]);
    const before = await readlink(join(directory, '..data'));
    await writeAtomicDirectory(directory, [file('a', 'one')]);
    expect(await readlink(join(directory, '..data'))).toBe(before);
    await writeAtomicDirectory(directory, [file('a', 'one', 0o600)]);
    expect(await readlink(join(directory, '..data'))).not.toBe(before);
  });

  it.each(['../a', 'a/../../b', '/a'])('refuses %s', async (path) => {
    await expect(writeAtomicDirectory(directory, [file(path, '')])).rejects.toThrow('leads out');
  });
});
