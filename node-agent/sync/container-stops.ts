import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { ContainerStop } from '../diff/pod-actions.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';

const RETRY_MS = 5000;

/** Stops under way of one pod's containers. They run beside the worker, which sees their effect. */
export class ContainerStops {
  readonly #deps: PodWorkerDeps;
  readonly #pod: PodIdentity;
  readonly #poke: () => void;
  readonly #deadlines = new Map<string, number>();

  constructor(deps: PodWorkerDeps, pod: PodIdentity, poke: () => void) {
    this.#deps = deps;
    this.#pod = pod;
    this.#poke = poke;
  }

  /** Begins a stop, or shortens the grace of one that is under way. */
  begin(stop: ContainerStop, fieldPath: string): void {
    const { clock, events, logger, runtime, view } = this.#deps;
    const deadline = clock.now() + stop.graceSeconds * 1000;
    const before = this.#deadlines.get(stop.id);
    if (before !== undefined && before <= deadline) return;
    this.#deadlines.set(stop.id, deadline);
    if (before === undefined) {
      events.pod(this.#pod, 'Normal', 'Killing', stop.message, fieldPath);
    }
    runtime
      .stopContainer(stop.id, stop.graceSeconds)
      .then(() => view.refresh('container', stop.id, this.#pod.uid))
      .then(() => this.#deadlines.delete(stop.id))
      .catch((error: unknown) => {
        logger.warn({ err: error, pod: this.#pod, container: stop.name }, 'stop failed');
        clock.schedule(RETRY_MS, () => {
          this.#deadlines.delete(stop.id);
          this.#poke();
        });
      });
  }
}
