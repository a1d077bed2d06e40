import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 120_000;

/** Runs a command to its end, whatever its exit code; 128 and the signal's number where killed. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    stdio: 'pipe',
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  // A command that reads nothing closes its input; what it does is judged by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) =>
      resolve(exitCode ?? (signal === 'SIGKILL' ? 137 : 143)),
    );
  });
  return { code, stdout: stdout(), stderr: stderr() };
}

/** A command that goes on while a test looks at what it has said. */
export class Background {
  readonly process: ChildProcess;
  readonly exited: Promise<number>;
  readonly #stdout: () => string;
  readonly #stderr: () => string;

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    const child = spawn(command, args, {
      stdio: 'pipe',
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.process = child;
    this.#stdout = collect(child.stdout);
    this.#stderr = collect(child.stderr);
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    });
  }

  get stdout(): string {
    return this.#stdout();
  }

  get stderr(): string {
    return this.#stderr();
  }

  /** Ends it and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    this.process.kill(signal);
    return this.exited;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let size = 0;
  stream.on('data', (part: Buffer) => {
    size += part.length;
    if (size <= MAX_OUTPUT_BYTES) parts.push(part);
  });
  return () => Buffer.concat(parts).toString('utf8');
}

export interface ChildOf {
  readonly pid: number;
  readonly commandLine: string;
}

/** The direct children of a process, as the kernel knows them. */
export async function childrenOf(pid: number): Promise<ChildOf[]> {
  const pids = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Promise.all(
    pids
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(async (text) => ({
        pid: Number(text),
        commandLine: (await readFile(`/proc/${text}/cmdline`, 'utf8')).replaceAll('\0', ' '),
      })),
  );
}

/** Kills every process that has a text in its command line. */
export async function killAllNaming(text: string): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    try {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      if (pid !== process.pid && commandLine.includes(text)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Whether a process runs; one that has ended and that nobody has asked about yet does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')) !== '';
  } catch {
    // There is no such process.
    return false;
  }
}

/** A TCP port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
