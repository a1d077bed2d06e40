import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { hasStorageLimits, storageViolation } from '../diff/eviction/local-storage.ts';
import { planEviction, resourceToReclaim } from '../diff/eviction/plan.ts';
import { activePressures, nextPressures, noPressures } from '../diff/eviction/pressure.ts';
import type { Pressures } from '../diff/eviction/pressure.ts';
import type {
  MetThreshold,
  Observations,
  PressureType,
  Thresholds,
} from '../diff/eviction/signals.ts';
import { metThresholds } from '../diff/eviction/signals.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { PodFailure } from '../diff/pod-failure.ts';
import type { MeasuredPod } from './pod-consumption.ts';

/** Kubelet's interval of looking at the machine. */
const PERIOD_MS = 10_000;
/** So long a pod that was evicted is waited for before another one is. */
const MAX_WAIT_MS = 30_000;

export interface EvictionManagerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly thresholds: Thresholds;
  readonly observe: () => Promise<Observations>;
  /** Pods of this node that have not ended. */
  readonly activePods: () => readonly DesiredPod[];
  readonly measure: (
    pods: readonly DesiredPod[],
    what: 'memory' | 'disk',
  ) => Promise<readonly MeasuredPod[]>;
  readonly removeUnusedImages: () => Promise<void>;
  readonly evict: (uid: string, failure: PodFailure) => void;
  readonly warn: (reason: string, message: string) => void;
  /** What runs out on this node has changed. */
  readonly onPressures: (pressures: Pressures) => void;
}

/**
 * Looks after what the machine runs out of: tells the conditions of the node, gives back images, and
 * ends pods, one after another.
 */
export class EvictionManager {
  readonly #deps: EvictionManagerDeps;
  #pressures: Pressures;
  #ending: { readonly uid: string; readonly untilMs: number } | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(deps: EvictionManagerDeps) {
    this.#deps = deps;
    this.#pressures = noPressures(deps.clock.now());
  }

  /** Resolves once the machine was looked at for the first time. */
  async start(): Promise<void> {
    await this.#lookSafely();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  pressures(): Pressures {
    return this.#pressures;
  }

  active(): PressureType[] {
    return activePressures(this.#pressures);
  }

  /** Looks once, and does what is to be done. */
  async look(): Promise<void> {
    const { clock, onPressures } = this.#deps;
    const met = await this.#met();
    const before = JSON.stringify(this.active());
    this.#pressures = nextPressures(this.#pressures, met, clock.now());
    if (JSON.stringify(this.active()) !== before) onPressures(this.#pressures);
    if (this.#isEnding() || (await this.#endThoseAboveTheirLimits())) return;
    if (met.length > 0) await this.#reclaim(met);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.schedule(PERIOD_MS, () => {
      void this.#lookSafely().finally(() => this.#schedule());
    });
  }

  /** What cannot be done now is tried again at the next look. */
  async #lookSafely(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'the machine cannot be looked after');
    }
  }

  async #met(): Promise<MetThreshold[]> {
    return metThresholds(this.#deps.thresholds, await this.#deps.observe());
  }

  /** One pod at a time: the next look shows what its end gave back. */
  #isEnding(): boolean {
    const { activePods, clock } = this.#deps;
    const { uid, untilMs } = this.#ending ?? {};
    const isActive = activePods().some(({ metadata }) => metadata.uid === uid);
    if (isActive && clock.now() < (untilMs ?? 0)) return true;
    this.#ending = undefined;
    return false;
  }

  async #reclaim(met: readonly MetThreshold[]): Promise<void> {
    const { activePods, measure, removeUnusedImages, warn } = this.#deps;
    const resource = resourceToReclaim(met);
    warn('EvictionThresholdMet', `Attempting to reclaim ${resource}`);
    let left = met;
    if (resource !== 'memory') {
      await removeUnusedImages();
      left = await this.#met();
    }
    const what = resourceToReclaim(left) === 'memory' ? 'memory' : 'disk';
    const eviction = planEviction(left, await measure(activePods(), what));
    if (eviction !== undefined) this.#evict(eviction.pod, eviction.failure);
  }

  async #endThoseAboveTheirLimits(): Promise<boolean> {
    const { activePods, measure } = this.#deps;
    const limited = activePods().filter(hasStorageLimits);
    if (limited.length === 0) return false;
    let any = false;
    for (const measured of await measure(limited, 'disk')) {
      const failure = storageViolation(measured, measured.volumes);
      if (failure === undefined) continue;
      this.#evict(measured.pod, failure);
      any = true;
    }
    return any;
  }

  #evict({ metadata }: DesiredPod, failure: PodFailure): void {
    const { clock, evict, logger } = this.#deps;
    const { namespace, name, uid } = metadata;
    logger.warn({ namespace, name, uid, message: failure.message }, 'pod evicted');
    this.#ending = { uid, untilMs: clock.now() + MAX_WAIT_MS };
    evict(uid, failure);
  }
}
