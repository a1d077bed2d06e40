import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseLibrary } from './release-library.ts';

const RANGES = [{ start: 0x400000n, length: 0x2000n }];
const MB = 2 ** 20;
const MODULE = join(import.meta.dirname, 'page-release.ts');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-pages-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('The library that gives pages back', () => {
  it('on arm64 asks the kernel for one range after the other', () => {
    const file = releaseLibrary('arm64', '137', RANGES);
    const code = file.indexOf(Buffer.from([0x20, 0x05, 0xc1, 0xa8]));
    const words = Array.from({ length: 8 }, (_, index) => file.readUInt32LE(code + index * 4));
    expect(words).toEqual([
      0xa8c10520, 0xb40000a0, 0x52800082, 0x52801d28, 0xd4000001, 0x17fffffb, 0xa8c17bfd,
      0xd65f03c0,
    ]);
  });

  it('refuses what does not fit into it', () => {
    const many = Array.from({ length: 5_000 }, () => RANGES).flat();
    expect(() => releaseLibrary('x64', '137', many)).toThrow(RangeError);
  });
});

/** Runs a script in a process of its own, which can `release`; answers the JSON that it prints. */
async function inProcess(script: string): Promise<unknown> {
  const prelude = `
    const { newPageRelease } = await import(${JSON.stringify(MODULE)});
    const release = newPageRelease(${JSON.stringify(directory)});
  `;
  const args = ['--expose-gc', '--input-type=module', '--eval', prelude + script];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
}

it('AGENT-3: A process gives pages of its program back, again and again, and works on', async () => {
  const sizes = await inProcess(`
    const sizes = [process.memoryUsage.rss()];
    for (let turn = 0; turn < 3; turn++) {
      release();
      sizes.push(process.memoryUsage.rss());
    }
    console.log(JSON.stringify(sizes));
  `);
  const [before = 0, ...after] = sizes as number[];
  expect(after).toHaveLength(3);
  for (const size of after) expect(size).toBeLessThan(before - 10 * MB);
});

it('AGENT-3: A process gives back what its allocator has freed and kept', async () => {
  const sizes = await inProcess(`
    // Small enough to come from the heap, and now and then one that stays, so that its end does.
    let buffers = Array.from({ length: 40_000 }, () => Buffer.allocUnsafeSlow(4096).fill(1));
    buffers = buffers.filter((_, index) => index % 100 === 0);
    globalThis.gc();
    const isFreed = () => process.memoryUsage().arrayBuffers < 4e6;
    while (!isFreed()) await new Promise(setImmediate);
    release();
    console.log(JSON.stringify([buffers.length, process.memoryUsage.rss()]));
  `);
  expect(sizes).toEqual([400, expect.any(Number)]);
  expect((sizes as number[])[1]).toBeLessThan(100 * MB);
});
