import { rename, rm, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AgentStatus } from '../agent-status.ts';
import { STATUS_PERIOD_MS } from '../agent-status.ts';
import type { Clock } from '../clock.ts';

export interface StatusFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly status: () => AgentStatus;
}

/** After a change: others may follow. */
const SOON_MS = 200;

/**
 * Keeps a file, readable by its owner only, that says how the agent is. One that is old, or not there,
 * says that no agent works.
 */
export class StatusFile {
  readonly #options: StatusFileOptions;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isDue = false;
  #stopped = false;

  constructor(options: StatusFileOptions) {
    this.#options = options;
  }

  start(): void {
    this.#write();
  }

  /** Something that the status says may have changed. */
  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#writing === undefined) this.#schedule();
  }

  /** Resolves once the file is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#writing;
    await rm(this.#options.path, { force: true });
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel?.();
    const delayMs = this.#isDue ? SOON_MS : STATUS_PERIOD_MS;
    this.#cancel = this.#options.clock.schedule(delayMs, () => this.#write());
  }

  #write(): void {
    this.#isDue = false;
    const { logger, path, status } = this.#options;
    // What is here need not outlive a power cut, so nothing waits for the disk.
    const temporary = `${path}.tmp`;
    this.#writing = writeFile(temporary, JSON.stringify(status()), { mode: 0o600 })
      .then(() => rename(temporary, path))
      .catch((error: unknown) => logger.warn({ err: error }, 'the status file cannot be written'))
      .finally(() => {
        this.#writing = undefined;
        this.#schedule();
      });
  }
}
