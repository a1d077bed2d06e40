import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ContainerRuntime, ImageStatus, NodeFacts } from '../runtime/container-runtime.ts';
import type { MachineFacts } from './node-status.ts';
import { buildNodeStatus, sameNodeStatus } from './node-status.ts';

export interface NodeStatusReporterOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: NodeFacts;
  readonly machine: MachineFacts;
  readonly agentVersion: string;
  readonly report: (status: Record<string, unknown>) => void;
}

/** How often what may have changed without an event (the list of images) is looked at. */
const REFRESH_MS = 300_000;

/** Knows the node's status, and reports it when it changes. */
export class NodeStatusReporter {
  readonly #options: NodeStatusReporterOptions;
  readonly #startedAtMs: number;
  #status: Record<string, unknown> = {};
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: NodeStatusReporterOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** Resolves once `current` answers; the first status goes out with the link's greeting. */
  async start(): Promise<void> {
    this.#status = this.#build(await this.#options.runtime.listImages());
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  current(): Record<string, unknown> {
    return this.#status;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.schedule(REFRESH_MS, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      const status = this.#build(await this.#options.runtime.listImages());
      const changed = !sameNodeStatus(status, this.#status);
      this.#status = status;
      if (changed) this.#options.report(status);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'images cannot be listed');
    }
    this.#schedule();
  }

  #build(images: readonly ImageStatus[]): Record<string, unknown> {
    const { engine, machine, agentVersion, clock } = this.#options;
    const startedAtMs = this.#startedAtMs;
    return buildNodeStatus({
      engine,
      machine,
      images,
      agentVersion,
      startedAtMs,
      now: clock.now(),
    });
  }
}
