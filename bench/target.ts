import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../cli/control-plane/control-plane.ts';
import { dataDirAt } from '../cli/data-dir.ts';
import { parse } from 'yaml';

/** The API server under test: our own, started for the purpose, or any other. */
export interface Target {
  readonly server: string;
  readonly ca: string | undefined;
  readonly token: string;
  /** Process id of our workerd; undefined for a server elsewhere. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface TargetOptions {
  readonly server?: string;
  readonly token?: string;
  readonly caFile?: string;
}

export async function openTarget(options: TargetOptions): Promise<Target> {
  if (options.server === undefined) return startOwn();
  return {
    server: options.server,
    ca: options.caFile === undefined ? undefined : readFileSync(options.caFile, 'utf8'),
    token: options.token ?? '',
    pid: undefined,
    stop: () => Promise.resolve(),
  };
}

async function startOwn(): Promise<Target> {
  const root = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  const dir = dataDirAt(root);
  const plane = await startControlPlane({
    dir,
    address: '127.0.0.1',
    port: await freePort(),
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
  const config = parse(readFileSync(dir.kubeconfig, 'utf8')) as {
    users: { user: { token: string } }[];
  };
  return {
    server: plane.server,
    ca: plane.ca,
    token: config.users[0]?.user.token ?? '',
    pid: plane.process.pid,
    async stop() {
      await plane.stop();
      plane.client.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

export interface ProcessMemory {
  /** Resident now. */
  readonly rssMB: number;
  readonly peakMB: number;
  /** Of what is resident: what is in no file, and so this process' own. */
  readonly ownMB: number;
}

/** Memory of a process, in MiB. Null where there is no /proc. */
export function memoryOf(pid: number | undefined): ProcessMemory | null {
  if (pid === undefined) return null;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return {
      rssMB: Math.round(kilobytes('VmRSS') / 1024),
      peakMB: Math.round(kilobytes('VmHWM') / 1024),
      ownMB: Math.round(kilobytes('RssAnon') / 1024),
    };
  } catch {
    // No such file: not Linux, or the process is gone.
    return null;
  }
}

/** Clock ticks of /proc in a second, as Linux has them for every program. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, in seconds. Null where there is no /proc. */
export function cpuSecondsOf(pid: number | undefined): number | null {
  if (pid === undefined) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may have anything in it: state is the first field, utime the twelfth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    // Not Linux.
    return null;
  }
}
