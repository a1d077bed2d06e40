import type { ObservedPod } from '../diff/observed.ts';
import { isRunning } from '../diff/observed.ts';
import { fieldPath } from '../diff/pod.ts';
import type { ContainerSpec, DesiredPod } from '../diff/pod.ts';
import type { PodIdentity } from '../runtime/container-runtime.ts';
import type { StopDeps } from './container-stops.ts';
import { podIP } from './pod-ip.ts';

interface Hook {
  state: 'running' | 'failed';
  readonly cut: AbortController;
}

/**
 * The postStart hooks under way of one pod's containers. Until its hook has succeeded a container
 * counts as being started, and no other one of the pod is.
 */
export class PostStartHooks {
  readonly #deps: StopDeps;
  readonly #pod: PodIdentity;
  readonly #onFailed: (container: string, message: string) => void;
  readonly #poke: () => void;
  readonly #hooks = new Map<string, Hook>();

  /** @param onFailed called before the worker is poked */
  constructor(
    deps: StopDeps,
    pod: PodIdentity,
    onFailed: (container: string, message: string) => void,
    poke: () => void,
  ) {
    this.#deps = deps;
    this.#pod = pod;
    this.#onFailed = onFailed;
    this.#poke = poke;
  }

  /** Runs the hook of a container that was just started, where it has one. */
  begin(pod: DesiredPod, container: ContainerSpec, containerID: string): void {
    const handler = container.lifecycle?.postStart;
    if (handler === undefined) return;
    const hook: Hook = { state: 'running', cut: new AbortController() };
    this.#hooks.set(containerID, hook);
    const { signal } = hook.cut;
    this.#deps
      .runHook(this.#deps, {
        pod,
        container,
        containerID,
        handler,
        podIP: podIP(this.#deps, pod),
        signal,
      })
      .then(() => this.#hooks.delete(containerID))
      .catch((error: unknown) => this.#fail(pod, container.name, hook, error))
      .finally(() => {
        if (!signal.aborted) this.#poke();
      });
  }

  /** IDs of containers whose hook has not succeeded yet; failed ones until they have ended. */
  starting(): ReadonlySet<string> {
    return new Set(this.#hooks.keys());
  }

  failed(): string[] {
    return [...this.#hooks].flatMap(([id, { state }]) => (state === 'failed' ? [id] : []));
  }

  /** A hook does not outlive its container. */
  update(observed: ObservedPod): void {
    if (this.#hooks.size === 0) return;
    const running = new Set(observed.containers.filter(isRunning).map(({ id }) => id));
    for (const [id, hook] of this.#hooks) {
      if (hook.state === 'failed' && !running.has(id)) this.#hooks.delete(id);
    }
  }

  stop(): void {
    for (const { cut } of this.#hooks.values()) cut.abort();
    this.#hooks.clear();
  }

  #fail(pod: DesiredPod, container: string, hook: Hook, error: unknown): void {
    if (hook.cut.signal.aborted) return;
    hook.state = 'failed';
    const { events } = this.#deps;
    // The event does not say why, since an answer may hold what is not to be seen.
    const path = fieldPath(pod, container);
    events.pod(this.#pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', path);
    this.#onFailed(container, error instanceof Error ? error.message : String(error));
  }
}
