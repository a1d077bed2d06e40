import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataDir } from './data-dir.ts';
import { readIfExists } from './data-dir.ts';

/** The processes that work on a data directory; the id of each is in `runtime/<name>.pid`. */
export type ProcessRole = 'up' | 'control-plane' | 'node';

const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
/** An open watch would keep workerd from ending on SIGTERM. */
const STOP_SIGNAL = { 'control-plane': 'SIGINT', node: 'SIGTERM' } as const;

/**
 * Makes this process the only one that runs a control plane on a data directory: two would write
 * the same database. What an earlier one left running when it was killed is stopped first.
 * @throws Error that names the process that has the directory.
 */
export async function claimDataDir(dir: DataDir): Promise<void> {
  await mkdir(dir.runtime, { recursive: true });
  const path = pidFile(dir, 'up');
  while (!(await createFile(path, String(process.pid)))) {
    const owner = await readPID(path);
    if (owner !== null && (await isRunning(owner, (args) => args.includes('up')))) {
      throw new Error(
        `fairlead runs on ${dir.root} already, as process ${owner}: stop it, or name another --data-dir`,
      );
    }
    await rm(path, { force: true });
  }
  for (const role of ['control-plane', 'node'] as const) await stopOrphan(dir, role);
}

export async function releaseDataDir(dir: DataDir): Promise<void> {
  await rm(pidFile(dir, 'up'), { force: true });
}

/** Remembers a child, so that it can be found when this process is killed. */
export async function recordProcess(
  dir: DataDir,
  role: 'control-plane' | 'node',
  pid: number | undefined,
): Promise<void> {
  if (pid !== undefined) await writeFile(pidFile(dir, role), String(pid));
}

async function stopOrphan(dir: DataDir, role: 'control-plane' | 'node'): Promise<void> {
  const path = pidFile(dir, role);
  const pid = await readPID(path);
  const ours = (args: readonly string[]) => args.some((arg) => arg.startsWith(`${dir.root}/`));
  if (pid !== null && (await isRunning(pid, ours))) {
    process.kill(pid, STOP_SIGNAL[role]);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while ((await isRunning(pid, ours)) && Date.now() < deadline) await pause(POLL_MS);
    if (await isRunning(pid, ours)) process.kill(pid, 'SIGKILL');
  }
  await rm(path, { force: true });
}

const pidFile = (dir: DataDir, role: ProcessRole) => join(dir.runtime, `${role}.pid`);

/** False when there is such a file already. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readPID(path: string): Promise<number | null> {
  const pid = Number((await readIfExists(path))?.trim());
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/**
 * Whether a process runs and is the one that is meant: ids come again, and then belong to another
 * program. Where the system does not show arguments, the id must do.
 */
async function isRunning(
  pid: number,
  isMeant: (args: readonly string[]) => boolean,
): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return isMeant(args.split('\0'));
  } catch {
    // No /proc here, or the process has just ended; the next look tells.
    return process.platform !== 'linux';
  }
}
