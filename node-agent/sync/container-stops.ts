import type { ContainerStop } from '../diff/actions.ts';
import type { ObservedPod } from '../diff/observed.ts';
import { isRunning } from '../diff/observed.ts';
import { allContainers, fieldPath } from '../diff/pod.ts';
import type { DesiredPod } from '../diff/pod.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import { Deadline } from './deadline.ts';
import { podIP } from './pod-ip.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';

const RETRY_MS = 5000;
/** What is left to a container after its hook, however long that took; kubelet's number. */
const MINIMUM_GRACE_SECONDS = 2;

/** What stops are made with. */
export type StopDeps = Pick<
  PodWorkerDeps,
  'clock' | 'events' | 'logger' | 'node' | 'runHook' | 'runtime' | 'view'
>;

interface StopUnderWay {
  readonly deadline: Deadline;
  /** Aborted when the container has ended, or the agent does. */
  readonly ended: AbortController;
  /** Whether nothing has to end before it any more. */
  isItsTurn: boolean;
  onTurn: () => void;
  /** The stop signal was sent. */
  isSignalled: boolean;
}

/**
 * Stops under way of one pod's containers. They run beside the worker, which sees their effect.
 * A stop runs the container's preStop hook, waits for its turn, and then sends the signal, all
 * within the grace period; after pkg/kubelet/kuberuntime (killContainer).
 */
export class ContainerStops {
  readonly #deps: StopDeps;
  readonly #pod: PodIdentity;
  readonly #poke: () => void;
  readonly #stops = new Map<string, StopUnderWay>();

  constructor(deps: StopDeps, pod: PodIdentity, poke: () => void) {
    this.#deps = deps;
    this.#pod = pod;
    this.#poke = poke;
  }

  /** Begins a stop; or shortens the grace of one that is under way, and gives it its turn. */
  begin(pod: DesiredPod | undefined, stop: ContainerStop): void {
    const { clock, events } = this.#deps;
    const atMs = clock.now() + stop.graceSeconds * 1000;
    const before = this.#stops.get(stop.id);
    if (before === undefined) {
      const path = fieldPath(pod, stop.name);
      events.pod(this.#pod, 'Normal', 'Killing', stop.message, path);
      this.#start(pod, stop, atMs);
      return;
    }
    if (stop.after.length === 0 && !before.isItsTurn) {
      before.isItsTurn = true;
      before.onTurn();
    }
    if (atMs >= before.deadline.atMs) return;
    before.deadline.moveTo(atMs);
    // A second signal with less grace shortens the first.
    if (before.isSignalled) void this.#signal(stop, before);
  }

  /** What has ended by itself waits for nothing any more. */
  update(observed: ObservedPod): void {
    if (this.#stops.size === 0) return;
    const running = new Set(observed.containers.filter(isRunning).map(({ id }) => id));
    for (const [id, stop] of this.#stops) if (!running.has(id)) this.#end(id, stop);
  }

  /** Waits no longer; what runs keeps running. */
  stop(): void {
    for (const [id, stop] of this.#stops) this.#end(id, stop);
  }

  #start(pod: DesiredPod | undefined, stop: ContainerStop, atMs: number): void {
    const underWay: StopUnderWay = {
      deadline: new Deadline(this.#deps.clock, atMs),
      ended: new AbortController(),
      isItsTurn: stop.after.length === 0,
      onTurn: () => undefined,
      isSignalled: false,
    };
    this.#stops.set(stop.id, underWay);
    void this.#run(pod, stop, underWay);
  }

  async #run(
    pod: DesiredPod | undefined,
    stop: ContainerStop,
    underWay: StopUnderWay,
  ): Promise<void> {
    const { deadline, ended } = underWay;
    await this.#runHook(pod, stop, underWay);
    if (!underWay.isItsTurn) {
      const turn = new Promise<void>((resolve) => {
        underWay.onTurn = resolve;
      });
      await Promise.race([turn, deadline.passed, whenAborted(ended.signal)]);
    }
    if (!ended.signal.aborted) await this.#signal(stop, underWay);
  }

  async #runHook(
    pod: DesiredPod | undefined,
    stop: ContainerStop,
    { deadline, ended }: StopUnderWay,
  ): Promise<void> {
    const container = pod && allContainers(pod).find(({ name }) => name === stop.name);
    const handler = container?.lifecycle?.preStop;
    if (pod === undefined || container === undefined || handler === undefined) return;
    if (stop.graceSeconds <= 0) return;
    const cut = new AbortController();
    const hook = this.#deps
      .runHook(this.#deps, {
        pod,
        container,
        containerID: stop.id,
        handler,
        podIP: podIP(this.#deps, pod),
        signal: cut.signal,
      })
      .catch((error: unknown) => {
        if (cut.signal.aborted) return;
        const { events, logger } = this.#deps;
        // The event does not say why, since an answer may hold what is not to be seen.
        logger.info({ err: error, pod: this.#pod, container: stop.name }, 'preStop hook failed');
        const path = fieldPath(pod, stop.name);
        events.pod(this.#pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', path);
      });
    await Promise.race([hook, deadline.passed, whenAborted(ended.signal)]);
    cut.abort();
  }

  async #signal(stop: ContainerStop, underWay: StopUnderWay): Promise<void> {
    const { clock, logger, runtime, view } = this.#deps;
    underWay.isSignalled = true;
    const graceSeconds = Math.max(
      Math.ceil(underWay.deadline.leftMs / 1000),
      MINIMUM_GRACE_SECONDS,
    );
    try {
      await runtime.stopContainer(stop.id, graceSeconds);
      await view.refresh('container', stop.id, this.#pod.uid);
      this.#end(stop.id, underWay);
    } catch (error) {
      logger.warn({ err: error, pod: this.#pod, container: stop.name }, 'stop failed');
      clock.schedule(RETRY_MS, () => {
        this.#end(stop.id, underWay);
        this.#poke();
      });
    }
  }

  #end(id: string, stop: StopUnderWay): void {
    if (this.#stops.get(id) === stop) this.#stops.delete(id);
    stop.deadline.clear();
    stop.ended.abort();
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
