import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogOptions, LogStream } from '../../container-runtime.ts';
import { followLogFiles } from './follow-log-files.ts';
import { RotatedFiles } from './rotated-files.ts';

const KEPT = 5;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-log-'));
  path = join(folder, 'c-json.log');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = (log: string, more: object = {}): string =>
  `${JSON.stringify({ log, stream: 'stdout', time: '2026-01-02T03:04:05.6Z', ...more })}\n`;

/** As the engine does it when a file is full. */
async function rotate(): Promise<void> {
  const named = (index: number): string => (index === 0 ? path : `${path}.${index}`);
  for (let index = KEPT - 2; index >= 0; index--) {
    await rename(named(index), named(index + 1)).catch(() => undefined);
  }
  await writeFile(path, '');
}

async function follow(options: Partial<LogOptions> = {}) {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const log = await followLogFiles(path, { follow: true, timestamps: false, ...options }, ended);
  if (log === null) throw new Error('the files cannot be read');
  return { log, end, fail };
}

async function read(log: LogStream): Promise<string> {
  let text = '';
  for await (const { data } of log.output) text += Buffer.from(data).toString();
  return text;
}

/** Files of the log that this process holds. */
async function openFiles(): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd');
  const links = numbers.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((link) => link.startsWith(path));
}

/** All that is left in the files. */
async function rest(files: RotatedFiles): Promise<string> {
  let text = '';
  for (let hasMore = true; hasMore; await files.next()) {
    hasMore = files.hasNext;
    text += (await files.read()).toString();
  }
  await files.close();
  return text;
}

describe('A log that is followed in its files', () => {
  it('is read over rotations, and what comes later too, until the container has ended', async () => {
    await writeFile(path, entry('one\n'));
    await rotate();
    await appendFile(path, entry('two\n'));
    const { log, end } = await follow();
    const output = log.output[Symbol.asyncIterator]();
    const next = async () => Buffer.from((await output.next()).value?.data ?? []).toString();
    expect([await next(), await next()]).toEqual(['one\n', 'two\n']);
    const third = next();
    await appendFile(path, entry('three\n'));
    expect(await third).toBe('three\n');
    const fourth = next();
    await rotate();
    await appendFile(path, entry('four\n'));
    expect(await fourth).toBe('four\n');
    end();
    expect((await output.next()).done).toBe(true);
  });

  it('STREAM-11: has lines of files that are removed before a slow reader comes to them', async () => {
    const turns = 3 * KEPT;
    await writeFile(path, '');
    const files = await RotatedFiles.open(path);
    for (let turn = 0; turn < turns; turn++) {
      await appendFile(path, `${turn}\n`);
      await rotate();
      await files.look();
    }
    expect(await rest(files)).toBe(
      Array.from({ length: turns }, (_, turn) => `${turn}\n`).join(''),
    );
  });

  it('STREAM-11: has each file once, in order, whenever they are rotated while they are looked for', async () => {
    let count = 0;
    const write = async () => {
      await appendFile(path, `${count}\n`);
      // The clock of file systems is coarser than this test is fast.
      await utimes(path, count, count);
      count += 1;
    };
    await write();
    let rotations = 0;
    const files = await RotatedFiles.open(path, async (name, flags) => {
      const handle = await open(name, flags);
      for (; rotations > 0; rotations--) {
        await rotate();
        await write();
      }
      return handle;
    });
    // Of the file that is read, and of those that come while the first is opened.
    for (const during of [2, 0, 1, 3, 0, 2]) {
      await rotate();
      await write();
      rotations = during;
      await files.look();
      expect(rotations).toBe(0);
    }
    await files.look();
    expect(await rest(files)).toBe(
      Array.from({ length: count }, (_, index) => `${index}\n`).join(''),
    );
  });

  it.each([
    { tailLines: 0, want: '' },
    { tailLines: 2, want: 'c\nd\n' },
    { tailLines: 3, want: 'b\nc\nd\n' },
    { tailLines: 9, want: 'a\nb\nc\nd\n' },
  ])('gives the last $tailLines lines, also of rotated files', async ({ tailLines, want }) => {
    await writeFile(path, entry('a\n') + entry('b\n'));
    await rotate();
    await appendFile(path, entry('c\n') + entry('d\n'));
    const { log, end } = await follow({ tailLines });
    end();
    expect(await read(log)).toBe(want);
  });

  it('leaves out what is too old or damaged, and says when each line was written', async () => {
    const before = { time: '2025-01-01T00:00:00Z' };
    const parts = entry('be') + entry('gun\n');
    await writeFile(
      path,
      `${entry('old\n', before)}\0\0\n${parts}${entry('e\n', { stream: 'stderr' })}`,
    );
    const { log, end } = await follow({ timestamps: true, sinceMs: Date.parse('2026-01-01') });
    end();
    const time = '2026-01-02T03:04:05.600000000Z';
    expect(await read(log)).toBe(`${time} begun\n${time} e\n`);
  });

  it('fails when nobody knows any more whether the container runs', async () => {
    await writeFile(path, entry('one\n'));
    const { log, fail } = await follow();
    fail(new Error('the engine has gone'));
    await expect(read(log)).rejects.toThrow('the engine has gone');
  });

  it('keeps no file once it is closed, though its reader has stopped in the middle', async () => {
    await writeFile(path, entry('one\n'));
    await rotate();
    await appendFile(path, entry('two\n'));
    const { log } = await follow();
    const output = log.output[Symbol.asyncIterator]();
    expect(Buffer.from((await output.next()).value?.data ?? []).toString()).toBe('one\n');
    expect(await openFiles()).toHaveLength(2);
    log.close();
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]));
    expect((await output.next()).done).toBe(true);
  });

  it('is left to the engine where the files cannot be read', async () => {
    const options = { follow: true, timestamps: false };
    expect(await followLogFiles(path, options, Promise.resolve())).toBeNull();
  });
});
