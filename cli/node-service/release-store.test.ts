import { mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';
import { ReleaseStore } from './release-store.ts';

describe('Releases on a machine', () => {
  let root: string;
  let store: ReleaseStore;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'fairlead-releases-'));
    store = new ReleaseStore(join(root, 'opt'));
    // Something that runs files as Node.js does, and is not as large.
    await writeFile(join(root, 'node'), '#!/bin/sh\nexec sh "$@"\n', { mode: 0o700 });
  });
  afterEach(() => rm(root, { recursive: true }));

  async function add(script: string): Promise<string> {
    const agent = join(root, 'agent.js');
    await writeFile(agent, script, { mode: 0o600 });
    const source = { agent, node: join(root, 'node'), version: '1.2.3', nodeVersion: 'v24' };
    return (await store.add(source)).id;
  }

  it('INSTALL-8: are complete in themselves, and told apart by what is in them', async () => {
    const first = await add('echo one');
    expect(first).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
    expect(await add('echo one')).toBe(first);
    const second = await add('echo two');
    expect(await store.list()).toEqual([first, second].sort());
    expect(await store.describe(second)).toMatchObject({ id: second, node: 'v24' });
    const program = join(root, 'opt/releases', second, 'bin/node');
    const script = join(root, 'opt/releases', second, 'lib/agent.mjs');
    // Both have the same file.
    expect(await stat(program)).toMatchObject({ mode: 0o100755, nlink: 2 });
    expect((await stat(script)).mode & 0o777).toBe(0o644);
    expect(await readFile(script, 'utf8')).toBe('echo two');
  });

  it('INSTALL-4: are switched by one rename', async () => {
    expect(await store.current()).toBeUndefined();
    const [first, second] = [await add('echo one'), await add('echo two')];
    await store.switchTo(first);
    // What a switch left that was cut off is in nobody's way.
    await writeFile(join(root, 'opt/current.tmp'), '');
    await store.switchTo(second);
    expect(await readlink(join(root, 'opt/current'))).toBe(`releases/${second}`);
    expect(await store.current()).toBe(second);
  });

  it('INSTALL-4: go but for those that are kept, with what was never completed', async () => {
    const [first, second, third] = [await add('1'), await add('2'), await add('3')];
    await mkdir(join(root, 'opt/releases/.1.2.3-abc.1.tmp'));
    await store.prune([second, third]);
    expect(await store.list()).toEqual([second, third].sort());
    await store.prune([third]);
    expect(await store.list()).toEqual([third]);
    expect(await add('1')).toBe(first);
  });

  it('INSTALL-5: are asked whether they run before anything is switched', async () => {
    const good = await add('test "$1 $2 $3" = "--config /c.json --check"');
    await expect(store.check(good, '/c.json')).resolves.toBeUndefined();
    const bad = await add('echo "TypeError: it is broken" >&2; exit 1');
    await expect(store.check(bad, '/c.json')).rejects.toThrow(
      `release ${bad} does not run here: TypeError: it is broken`,
    );
  });

  it('INSTALL-5: remember an upgrade until it has come to its end', async () => {
    await add('1');
    expect(await store.upgradeMark()).toBeUndefined();
    await store.markUpgrade({ from: 'a', to: 'b' });
    expect(await new ReleaseStore(join(root, 'opt')).upgradeMark()).toEqual({ from: 'a', to: 'b' });
    await store.markUpgrade(undefined);
    expect(await store.upgradeMark()).toBeUndefined();
  });

  it('are worked on by one process at a time; one that was killed is in nobody’s way', async () => {
    await mkdir(join(root, 'opt'));
    const lock = join(root, 'opt/.lock');
    await expect(
      withLock(join(root, 'opt'), () => withLock(join(root, 'opt'), async () => 'both')),
    ).rejects.toThrow(`process ${process.pid} works on`);
    // No process has this number.
    await writeFile(lock, '4194305');
    expect(await withLock(join(root, 'opt'), async () => 'done')).toBe('done');
    await expect(stat(lock)).rejects.toThrow('ENOENT');
  });
});
