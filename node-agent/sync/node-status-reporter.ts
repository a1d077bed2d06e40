import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Pressures } from '../diff/eviction/pressure.ts';
import type { ContainerRuntime, ImageStatus, NodeFacts } from '../runtime/container-runtime.ts';
import type { MachineFacts } from './node-status.ts';
import { buildNodeStatus, sameNodeStatus } from './node-status.ts';

export interface NodeStatusReporterOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: NodeFacts;
  readonly machine: MachineFacts;
  /** What of the node's capacity pods may be given. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly agentVersion: string;
  /** What the machine runs out of. */
  readonly pressures: () => Pressures;
  /** Since when the machine is going down; undefined: it is not. */
  readonly shuttingDownSinceMs: () => number | undefined;
  readonly report: (status: Record<string, unknown>) => void;
}

/** How often what may have changed without an event (the list of images) is looked at. */
const REFRESH_MS = 300_000;
/** After a change that is known of: others may follow. */
const SOON_MS = 1_000;

/** Knows the node's status, and reports it when it changes. */
export class NodeStatusReporter {
  readonly #options: NodeStatusReporterOptions;
  readonly #startedAtMs: number;
  #status: Record<string, unknown> = {};
  #cancel: (() => void) | undefined;
  #stopped = false;
  #refreshing: Promise<void> | undefined;
  /** Whether a change that is known of is still to be told. */
  #dirty = false;

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

  /** What the status says has changed: it is told soon. */
  changed(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    if (this.#refreshing === undefined) this.#schedule();
  }

  /** Tells how it is now, without delay; resolves when that is on its way. */
  async report(): Promise<void> {
    await this.#refreshing;
    this.#cancel?.();
    await this.#refresh();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel?.();
    const delayMs = this.#dirty ? SOON_MS : REFRESH_MS;
    this.#cancel = this.#options.clock.schedule(delayMs, () => void this.#refresh());
  }

  #refresh(): Promise<void> {
    this.#refreshing = this.#look().finally(() => {
      this.#refreshing = undefined;
      this.#schedule();
    });
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    this.#dirty = false;
    try {
      const status = this.#build(await this.#options.runtime.listImages());
      const changed = !sameNodeStatus(status, this.#status);
      this.#status = status;
      if (changed) this.#options.report(status);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'images cannot be listed');
    }
  }

  #build(images: readonly ImageStatus[]): Record<string, unknown> {
    const { allocatable, engine, machine, agentVersion } = this.#options;
    const { clock, pressures, shuttingDownSinceMs } = this.#options;
    const startedAtMs = this.#startedAtMs;
    return buildNodeStatus({
      engine,
      machine,
      allocatable,
      images,
      agentVersion,
      startedAtMs,
      pressures: pressures(),
      shuttingDownSinceMs: shuttingDownSinceMs(),
      now: clock.now(),
    });
  }
}
