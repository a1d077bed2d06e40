import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropFilePages } from './memory-group.ts';

const PID = 4711;
const GROUP = 'system.slice/fairlead-node.service';
const V2 = `0::/${GROUP}\n`;
const V1 = `9:name=systemd:/${GROUP}\n4:memory:/${GROUP}\n0::/${GROUP}\n`;

describe('AGENT-7: Pages that files can give again', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'fairlead-groups-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Files in the group of the process, as the kernel would have them there. */
  async function given(
    membership: string,
    directory: string,
    files: Record<string, string>,
    swap = '',
  ) {
    const place = {
      root,
      membership: join(root, 'membership'),
      swaps: join(root, 'swaps'),
      pid: PID,
    };
    await writeFile(place.membership, membership);
    await writeFile(place.swaps, `Filename Type Size Used Priority\n${swap}`);
    await mkdir(join(root, directory), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(root, directory, name), text);
    }
    const written = (name: string) => readFile(join(root, directory, name), 'utf8');
    return { place, written };
  }

  const SWAP = '/dev/sda2 partition 1048572 0 -2\n';

  it.each([
    ['', '41000000'],
    [SWAP, '41000000 swappiness=0'],
  ])('are taken back by cgroups of version 2, and nothing is swapped (%s)', async (swap, want) => {
    const files = {
      'cgroup.procs': `${PID}\n`,
      'memory.stat': 'anon 26000000\nfile 41000000\nfile_mapped 39000000\n',
      'memory.reclaim': '',
    };
    const { place, written } = await given(V2, GROUP, files, swap);
    expect(await dropFilePages(place)).toBe(true);
    expect(await written('memory.reclaim')).toBe(want);
  });

  it.each([
    ['', '60'],
    [SWAP, '0'],
  ])('are taken back by cgroups of version 1, and nothing is swapped (%s)', async (swap, want) => {
    const files = {
      'cgroup.procs': `${PID}\n`,
      'memory.swappiness': '60',
      'memory.force_empty': '',
    };
    const { place, written } = await given(V1, `memory/${GROUP}`, files, swap);
    expect(await dropFilePages(place)).toBe(true);
    expect([await written('memory.swappiness'), await written('memory.force_empty')]).toEqual([
      want,
      '0',
    ]);
  });

  it.each([
    ['of version 2', V2, GROUP],
    ['of version 1', V1, `memory/${GROUP}`],
  ])('stay where others are in the same group %s', async (_, membership, directory) => {
    const { place, written } = await given(membership, directory, {
      'cgroup.procs': `${PID}\n4712\n`,
      'memory.stat': 'file 41000000\n',
      'memory.reclaim': '',
      'memory.force_empty': '',
    });
    expect(await dropFilePages(place)).toBe(false);
    expect([await written('memory.reclaim'), await written('memory.force_empty')]).toEqual([
      '',
      '',
    ]);
  });

  it('stay where no group is to be seen, as in a container', async () => {
    const { place } = await given('4:memory:/docker/0123\n0::/\n', 'memory', {});
    expect(await dropFilePages(place)).toBe(false);
  });

  it('are an error where the kernel refuses', async () => {
    const { place } = await given(V2, GROUP, {
      'cgroup.procs': `${PID}\n`,
      'memory.stat': 'file 41000000\n',
    });
    await mkdir(join(root, GROUP, 'memory.reclaim'));
    await expect(dropFilePages(place)).rejects.toThrow('EISDIR');
  });
});
