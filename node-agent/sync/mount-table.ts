import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where something is mounted, as this process sees it, in the order of mounting. */
export async function mountPoints(): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  return table.split('\n').flatMap((line) => {
    const [, point] = line.split(' ');
    return point === undefined ? [] : [unescaped(point)];
  });
}

export async function mount(...args: readonly string[]): Promise<void> {
  await run('mount', args);
}

/** Takes a mount away; who uses it goes on with it. Nothing mounted there is success. */
export async function unmount(path: string): Promise<void> {
  const mounted = (await mountPoints()).filter((point) => point === path);
  for (const point of mounted) await run('umount', ['-l', point]);
}

/**
 * Takes away all that is mounted below a directory.
 * @throws Error where anything stays: what is removed after this must not be somebody else's files
 */
export async function unmountBelow(path: string): Promise<void> {
  const below = (points: readonly string[]): string[] =>
    points.filter((point) => point.startsWith(`${path}${sep}`));
  for (const point of below(await mountPoints()).reverse()) await run('umount', ['-l', point]);
  const [left] = below(await mountPoints());
  if (left !== undefined) throw new Error(`${left} is still mounted`);
}

/** The table writes a space as `\040`. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
