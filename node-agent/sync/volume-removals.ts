import type { Logger } from 'pino';
import type { ControlFrame } from '../../apimachinery/agent-protocol.ts';
import type { Clock } from '../clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { VolumeStore } from './volume-store.ts';

export type VolumeRef = Extract<ControlFrame, { type: 'removeVolumes' }>['volumes'][number];

/** After a directory that could not be removed. */
const RETRY_MS = 10_000;

export interface VolumeRemovalsDeps {
  readonly volumes: Pick<VolumeStore, 'removeDirectory'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The pods that are wanted here. */
  readonly pods: () => Iterable<DesiredPod>;
  readonly report: (volume: VolumeRef) => void;
}

/**
 * Removes the directories of volumes that nobody has any more, one after another. What was ordered is
 * kept in memory only: it is said again on every link until it is reported.
 */
export class VolumeRemovals {
  readonly #deps: VolumeRemovalsDeps;
  readonly #ordered = new Map<string, VolumeRef>();
  #running = false;
  #dirty = false;
  #stopped = false;
  #cancelRetry: (() => void) | undefined;

  constructor(deps: VolumeRemovalsDeps) {
    this.#deps = deps;
  }

  order(volumes: readonly VolumeRef[]): void {
    for (const volume of volumes) this.#ordered.set(volume.uid, volume);
    this.poke();
  }

  /** Pods may have gone that kept a volume. */
  poke(): void {
    this.#dirty = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      await this.#removeAll();
    }
    this.#running = false;
  }

  async #removeAll(): Promise<void> {
    const { volumes, clock, logger, report } = this.#deps;
    for (const volume of this.#ordered.values()) {
      // A pod that is still wanted is to be gone first; the word of it comes by another way.
      if (this.#stopped || this.#isUsed(volume)) continue;
      try {
        await volumes.removeDirectory(volume.name);
        this.#ordered.delete(volume.uid);
        report(volume);
      } catch (error) {
        logger.warn({ err: error, volume: volume.name }, 'a volume could not be removed');
        this.#cancelRetry?.();
        this.#cancelRetry = clock.schedule(RETRY_MS, () => this.poke());
      }
    }
  }

  #isUsed({ name }: VolumeRef): boolean {
    for (const { boundVolumes = {} } of this.#deps.pods()) {
      if (Object.values(boundVolumes).some((bound) => bound.name === name)) return true;
    }
    return false;
  }
}
