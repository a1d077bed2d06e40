import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentCommand } from './agent-process.ts';
import type { DataDir } from './data-dir.ts';
import { recordProcess } from './data-dir-claim.ts';
import { openLog } from './log-file.ts';

/** An agent that ends by itself is started again after this, and twice as long each time. */
const FIRST_RESTART_DELAY_MS = 250;
const LONGEST_RESTART_DELAY_MS = 30_000;
/** One that ran for this long starts the delays anew. */
const STABLE_MS = 60_000;

/**
 * The agent of this machine's node, as a process of its own: when it dies its containers run on,
 * and the next one, which is started at once, adopts them.
 */
export class LocalAgent {
  readonly #dir: DataDir;
  #child: ChildProcess | undefined;
  #delayMs = FIRST_RESTART_DELAY_MS;
  #restart: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(dir: DataDir) {
    this.#dir = dir;
  }

  /** Runs it; what it says is appended to `logs/node.log`. */
  start(command: AgentCommand): void {
    const startedAt = Date.now();
    const log = openLog(join(this.#dir.logs, 'node.log'));
    const { program, args, env } = command;
    const child = spawn(program, args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    void recordProcess(this.#dir, 'node', child.pid);
    child.once('exit', () => {
      this.#child = undefined;
      if (this.#stopped) return;
      if (Date.now() - startedAt > STABLE_MS) this.#delayMs = FIRST_RESTART_DELAY_MS;
      this.#restart = setTimeout(() => this.start(command), this.#delayMs);
      this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_RESTART_DELAY_MS);
    });
  }

  /** Ends it for good; its containers stay. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}
