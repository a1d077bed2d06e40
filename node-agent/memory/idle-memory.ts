import type { Clock } from '../clock.ts';
import { dropFilePages } from './memory-group.ts';

/** How often to look; a look costs as good as nothing. */
const PERIOD_MS = 15_000;
/** Share of the time: below it, nobody minds the 40 ms that collecting garbage takes. */
const QUIET_SHARE = 0.1;
/** What there must be to gain. An idle agent grows by 3 MB now and then, which is not worth the time. */
const WORTH_BYTES = 5 * 1024 * 1024;

export interface IdleMemoryDeps {
  readonly clock: Clock;
  /** Share of the time since the last call that this process was busy in, from 0 to 1. */
  readonly busyShare: () => number;
  readonly residentBytes: () => number;
  /** Collects garbage; undefined where nothing but the engine decides when. */
  readonly collectGarbage: (() => void) | undefined;
  /** Lets go of pages that files can give again. */
  readonly dropFilePages: () => void;
}

/**
 * Gives memory back when a process falls quiet: what its start and each burst of work have left, which
 * Node would keep until a next burst. It is repeated until no less than before comes back by the next
 * look, since the first time may still be in the midst of work.
 */
export class IdleMemory {
  readonly #deps: IdleMemoryDeps;
  /** What was resident at the look after memory was last given back. */
  #floor = 0;
  /** What was resident at such a look before; undefined: nothing was given back since the last look. */
  #before: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: IdleMemoryDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancel = this.#deps.clock.schedule(PERIOD_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  #look(): void {
    if (this.#deps.busyShare() > QUIET_SHARE) return;
    const resident = this.#deps.residentBytes();
    if (this.#before === undefined) {
      if (resident > this.#floor + WORTH_BYTES) this.#giveBack(Infinity);
      return;
    }
    const gained = this.#before - resident;
    this.#floor = resident;
    this.#before = undefined;
    if (gained > WORTH_BYTES) this.#giveBack(resident);
  }

  #giveBack(before: number): void {
    this.#before = before;
    this.#deps.collectGarbage?.();
    this.#deps.dropFilePages();
  }
}

/**
 * Memory of the process that this runs in.
 * @param onError told when the kernel refuses to take pages back
 */
export function ownMemory(onError: (error: unknown) => void): Omit<IdleMemoryDeps, 'clock'> {
  let last = performance.eventLoopUtilization();
  const collect = globalThis.gc;
  return {
    busyShare() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    residentBytes: () => process.memoryUsage.rss(),
    collectGarbage:
      collect === undefined
        ? undefined
        : () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
    dropFilePages: () => void dropFilePages().catch(onError),
  };
}
