import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPulledImages } from './pulled-images.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-images-'));
  path = join(directory, 'pulled-images.json');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const LOGIN = { username: 'robot', password: 'hush' };
const OTHER = { username: 'robot', password: 'guessed' };
const ask = (...credentials: object[]) => ({ asked: () => credentials });

describe('Images that a node has pulled', () => {
  it('are known after a restart, by whichever name stands for them', async () => {
    await (await openPulledImages(path)).add('web:1', undefined);
    const images = await openPulledImages(path);
    expect(images.has('docker.io/library/web:1')).toBe(true);
    expect(images.has('web:2')).toBe(false);
    await images.remove('web:1');
    expect((await openPulledImages(path)).has('web:1')).toBe(false);
  });

  it.each([
    { pulledWith: [LOGIN], has: ask(), may: false },
    { pulledWith: [LOGIN], has: ask(OTHER), may: false },
    { pulledWith: [LOGIN], has: ask(OTHER, LOGIN), may: true },
    { pulledWith: [LOGIN], has: ask({ ...LOGIN, serverAddress: 'another' }), may: true },
    { pulledWith: [LOGIN, OTHER], has: ask(LOGIN), may: true },
    { pulledWith: [LOGIN, undefined], has: ask(), may: true },
    { pulledWith: [], has: ask(), may: true },
  ])(
    'IMAGE-6: with $pulledWith are for who has $has.asked: $may',
    async ({ pulledWith, has, may }) => {
      const images = await openPulledImages(path);
      for (const credentials of pulledWith) await images.add('reg.test/web:1', credentials);
      expect(images.mayUse('reg.test/web:1', has.asked)).toBe(may);
      expect((await openPulledImages(path)).mayUse('reg.test/web:1', has.asked)).toBe(may);
    },
  );

  it('keep no secret on disk, and are none where the file is broken', async () => {
    await (await openPulledImages(path)).add('web:1', LOGIN);
    expect(await readFile(path, 'utf8')).not.toContain(LOGIN.password);
    await writeFile(path, '{');
    expect((await openPulledImages(path)).has('web:1')).toBe(false);
  });
});
