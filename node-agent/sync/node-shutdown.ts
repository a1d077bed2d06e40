import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { rejection, shutdownFailure } from '../diff/pod-failure.ts';
import type { PodFailure } from '../diff/pod-failure.ts';
import { planShutdown } from '../diff/shutdown/plan-shutdown.ts';
import type { ShutdownPeriod } from '../diff/shutdown/shutdown-periods.ts';

export interface NodeShutdownDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Lowest priority first; none: pods are not ended. */
  readonly periods: readonly ShutdownPeriod[];
  /** Pods of this node that have not ended. */
  readonly activePods: () => readonly DesiredPod[];
  /** Whether a pod has ended, and nothing of it runs any more. */
  readonly isOver: (uid: string) => boolean;
  readonly end: (uid: string, failure: PodFailure) => void;
  /** Tells an event about the node. */
  readonly announce: (reason: string, message: string) => void;
  /** Tells the control plane how the node is; resolves when that is on its way. */
  readonly reportNode: () => Promise<void>;
  /** Resolves once the control plane has heard all that there was to tell, or cannot be told. */
  readonly flush: () => Promise<void>;
}

/** For the engine to say how a container ended that was killed at the end of its time, and to end its sandbox. */
const SETTLE_MS = 2_000;
/** For the control plane to hear of it. */
const FLUSH_MS = 5_000;

/** What {@link NodeShutdown.run} takes beside the periods themselves. */
export const SHUTDOWN_OVERHEAD_SECONDS = (SETTLE_MS + FLUSH_MS) / 1000;

/** Ends the pods of a machine that goes down, after pkg/kubelet/nodeshutdown. */
export class NodeShutdown {
  readonly #deps: NodeShutdownDeps;
  #startedAtMs: number | undefined;
  #run: Promise<void> | undefined;
  #onPodChanged: () => void = () => undefined;

  constructor(deps: NodeShutdownDeps) {
    this.#deps = deps;
  }

  /** Since when it is under way; undefined: it is not. */
  get startedAtMs(): number | undefined {
    return this.#startedAtMs;
  }

  /** Why a pod is not taken any more; undefined: it is. */
  refuse(): PodFailure | undefined {
    if (this.#startedAtMs === undefined) return undefined;
    return rejection('NodeShutdown', 'Pod was rejected as the node is shutting down.');
  }

  /** Some pod may have ended. */
  podChanged(): void {
    this.#onPodChanged();
  }

  /** Ends all pods, each group within its time; resolves when the machine may go. Never rejects. */
  run(): Promise<void> {
    if (this.#deps.periods.length === 0) return Promise.resolve();
    this.#run ??= this.#endAll();
    return this.#run;
  }

  async #endAll(): Promise<void> {
    const { activePods, announce, clock, end, logger, periods } = this.#deps;
    this.#startedAtMs = clock.now();
    announce('Shutdown', 'Shutdown manager detected shutdown event');
    const told = this.#deps.reportNode().catch((error: unknown) => {
      logger.warn({ err: error }, 'that this node goes down cannot be told');
    });
    const all = activePods();
    for (const { pods, periodSeconds } of planShutdown(periods, all)) {
      logger.info({ pods: pods.length, periodSeconds }, 'ending pods, as the machine goes down');
      for (const { pod, graceSeconds } of pods)
        end(pod.metadata.uid, shutdownFailure(graceSeconds));
      const group = pods.map(({ pod }) => pod);
      if (await this.#untilOver(group, periodSeconds * 1000)) continue;
      logger.warn({ periodSeconds }, 'not all pods ended within their time');
    }
    await this.#untilOver(all, SETTLE_MS);
    await this.#within(
      told.then(() => this.#deps.flush()),
      FLUSH_MS,
    );
  }

  /** Whether all these pods ended in time. */
  async #untilOver(pods: readonly DesiredPod[], timeoutMs: number): Promise<boolean> {
    const areOver = (): boolean => pods.every(({ metadata }) => this.#deps.isOver(metadata.uid));
    if (areOver()) return true;
    const over = new Promise<void>((resolve) => {
      this.#onPodChanged = () => {
        if (areOver()) resolve();
      };
    });
    await this.#within(over, timeoutMs);
    return areOver();
  }

  async #within(work: Promise<void>, timeoutMs: number): Promise<void> {
    let cancel: () => void = () => undefined;
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.schedule(timeoutMs, resolve);
    });
    await Promise.race([work, timeout]);
    cancel();
  }
}
