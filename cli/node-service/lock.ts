import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Runs work that nobody else may do at the same time on an installation.
 * @throws Error that names the process that is at it
 */
export async function withLock<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  await mkdir(prefix, { recursive: true });
  const path = join(prefix, '.lock');
  while (!(await create(path))) {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && isRunning(owner)) {
      throw new Error(`process ${owner} works on ${prefix}: wait until it is done`);
    }
    // It was killed before it could clean up.
    await rm(path, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** False where the file is there already. */
async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
