import type { Logger } from 'pino';
import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import type { Clock } from '../clock.ts';
import type { ContainerReading, MachineUsage, UsageReading } from '../diff/usage.ts';
import { computeUsage } from '../diff/usage.ts';
import type { ContainerRuntime, ContainerStatus } from '../runtime/container-runtime.ts';
import type { EngineView } from './engine-view.ts';

export interface UsageSamplerOptions {
  readonly runtime: Pick<ContainerRuntime, 'containerStats'>;
  readonly view: Pick<EngineView, 'pod' | 'podUIDs'>;
  readonly machineUsage: () => Promise<MachineUsage>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An answer is good for so long, and a rate is over no less where that can be helped. */
const FRESH_MS = 10_000;
/** What was read longer ago says nothing about the present. */
const MAX_WINDOW_MS = 60_000;
/** Between two readings when there is no former one. */
const SHORT_WINDOW_MS = 2_000;
/** Containers that are looked at at once. */
const CONCURRENT_READS = 8;

interface Answer {
  readonly atMs: number;
  readonly usage: NodeUsage;
}

/**
 * Says what the node and its pods use, when it is asked: nothing runs in between. Rates are over the
 * time since it was asked before; when that is too long ago, it looks twice.
 */
export class UsageSampler {
  readonly #options: UsageSamplerOptions;
  #last: UsageReading | undefined;
  #answer: Answer | undefined;
  #running: Promise<NodeUsage> | undefined;

  constructor(options: UsageSamplerOptions) {
    this.#options = options;
  }

  /** All who ask at about the same time get the same answer. Throws when the engine does not answer. */
  sample(): Promise<NodeUsage> {
    const now = this.#options.clock.now();
    const { atMs = -Infinity, usage } = this.#answer ?? {};
    if (usage !== undefined && now - atMs < FRESH_MS && now >= atMs) return Promise.resolve(usage);
    this.#running ??= this.#measure().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #measure(): Promise<NodeUsage> {
    const { clock } = this.#options;
    let before = this.#last;
    if (before === undefined || !isRecent(before, clock.now())) {
      before = await this.#read();
      await new Promise<void>((resolve) => clock.schedule(SHORT_WINDOW_MS, resolve));
    }
    const after = await this.#read();
    const usage = computeUsage(before, after);
    this.#last = after;
    this.#answer = { atMs: after.atMs, usage };
    return usage;
  }

  async #read(): Promise<UsageReading> {
    const { view, machineUsage, clock } = this.#options;
    const machine = await machineUsage();
    const atMs = Math.round(clock.now());
    const running = view
      .podUIDs()
      .map((uid) => view.pod(uid).containers.filter(({ state }) => state.kind === 'running'))
      .filter((containers) => containers.length > 0);
    const readings = new Map<string, ContainerReading | undefined>();
    const queue = running.flat().values();
    const readNext = async (): Promise<void> => {
      for (const status of queue) readings.set(status.id, await this.#readContainer(status));
    };
    await Promise.all(Array.from({ length: CONCURRENT_READS }, readNext));
    return {
      atMs,
      machine,
      containers: readings,
      pods: running.map((containers) => ({
        pod: (containers[0] as ContainerStatus).pod,
        containers: containers.map(({ id }) => id),
      })),
    };
  }

  async #readContainer(status: ContainerStatus): Promise<ContainerReading | undefined> {
    const { id, pod, name, state, createdAtMs } = status;
    try {
      const stats = await this.#options.runtime.containerStats(id);
      if (stats === undefined) return undefined;
      const startedAtMs = state.kind === 'running' ? state.startedAtMs : createdAtMs;
      return { id, pod, name, startedAtMs, ...stats };
    } catch (error) {
      // Its pod is left out of the answer; the others are told about.
      this.#options.logger.warn({ err: error, id }, 'a container cannot be measured');
      return undefined;
    }
  }
}

const isRecent = ({ atMs }: UsageReading, now: number): boolean =>
  now - atMs <= MAX_WINDOW_MS && now - atMs >= SHORT_WINDOW_MS;
