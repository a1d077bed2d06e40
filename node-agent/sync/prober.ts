import type * as core from 'kubernetes-types/core/v1';
import type { ObservedPod } from '../diff/observed.ts';
import { isRunning } from '../diff/observed.ts';
import type { ContainerSpec, DesiredPod } from '../diff/pod.ts';
import type { ContainerStatus, PodIdentity } from '../runtime/container-runtime.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';

type ProbeKind = 'startup' | 'readiness' | 'liveness';

const KINDS: readonly [ProbeKind, 'startupProbe' | 'readinessProbe' | 'livenessProbe'][] = [
  ['startup', 'startupProbe'],
  ['readiness', 'readinessProbe'],
  ['liveness', 'livenessProbe'],
];

const DEFAULTS = { periodSeconds: 10, failureThreshold: 3, successThreshold: 1 };
const FAILURE_WORDS = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };

interface ProbeState {
  readonly kind: ProbeKind;
  /** What the probe has found so far; liveness begins true, the others as last known. */
  verdict: boolean;
  streak: { success: boolean; count: number };
  cancel: () => void;
}

/**
 * What was last reported of a container: one that was ready before the agent was restarted stays
 * so until a probe says otherwise.
 */
export type LastKnown = (containerID: string) => {
  readonly startup: boolean;
  readonly readiness: boolean;
};

/** Runs the probes of one pod's running containers, each on its own schedule. */
export class Prober {
  readonly #deps: PodWorkerDeps;
  readonly #pod: PodIdentity;
  readonly #onChange: () => void;
  readonly #lastKnown: LastKnown;
  readonly #byContainer = new Map<string, Map<ProbeKind, ProbeState>>();

  constructor(deps: PodWorkerDeps, pod: PodIdentity, onChange: () => void, lastKnown: LastKnown) {
    this.#deps = deps;
    this.#pod = pod;
    this.#onChange = onChange;
    this.#lastKnown = lastKnown;
  }

  /** Probes what runs, and no longer what does not. */
  update(pod: DesiredPod, observed: ObservedPod): void {
    const running = new Map(
      observed.containers.filter(isRunning).map((status) => [status.id, status]),
    );
    for (const id of this.#byContainer.keys()) if (!running.has(id)) this.#forget(id);
    const specs = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
    for (const status of running.values()) {
      const container = specs.find(({ name }) => name === status.name);
      if (container === undefined || this.#byContainer.has(status.id)) continue;
      this.#begin(pod, container, status);
    }
  }

  stop(): void {
    for (const id of this.#byContainer.keys()) this.#forget(id);
  }

  /** Whether the container's startup probe, if it has one, has succeeded. */
  isStarted(id: string): boolean {
    return this.#byContainer.get(id)?.get('startup')?.verdict ?? true;
  }

  /** Whether the container's readiness probe, if it has one, says so. */
  isReady(id: string): boolean {
    return this.isStarted(id) && (this.#byContainer.get(id)?.get('readiness')?.verdict ?? true);
  }

  /** Running containers that are to be restarted, with the probe that says so. */
  unhealthy(): ReadonlyMap<string, 'liveness' | 'startup'> {
    const found = new Map<string, 'liveness' | 'startup'>();
    for (const [id, probes] of this.#byContainer) {
      for (const { kind, streak, verdict } of probes.values()) {
        if (kind === 'liveness' && !verdict) found.set(id, kind);
        if (kind === 'startup' && !verdict && !streak.success && streak.count < 0) {
          found.set(id, kind);
        }
      }
    }
    return found;
  }

  #begin(pod: DesiredPod, container: ContainerSpec, status: ContainerStatus): void {
    const probes = new Map<ProbeKind, ProbeState>();
    const known = this.#lastKnown(status.id);
    for (const [kind, field] of KINDS) {
      const probe = container[field];
      if (probe === undefined) continue;
      const state: ProbeState = {
        kind,
        verdict: kind === 'liveness' || known[kind],
        streak: { success: true, count: 0 },
        cancel: () => undefined,
      };
      probes.set(kind, state);
      if (kind === 'startup' && state.verdict) continue;
      const startedAtMs = status.state.kind === 'running' ? status.state.startedAtMs : 0;
      const dueAtMs = startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
      const run = (): void => void this.#run(pod, container, status, probe, state);
      state.cancel = this.#deps.clock.schedule(dueAtMs - this.#deps.clock.now(), run);
    }
    this.#byContainer.set(status.id, probes);
  }

  async #run(
    pod: DesiredPod,
    container: ContainerSpec,
    status: ContainerStatus,
    probe: core.Probe,
    state: ProbeState,
  ): Promise<void> {
    // Until the startup probe has succeeded, the others hold back.
    if (state.kind === 'startup' || this.isStarted(status.id)) {
      const { node, runtime, view } = this.#deps;
      const sandbox = view.pod(this.#pod.uid).sandboxes.find(({ id }) => id === status.sandboxID);
      const podIP = pod.spec.hostNetwork === true ? node.hostIP : (sandbox?.ips[0] ?? '');
      const outcome = await this.#deps.runProbe(runtime, status.id, container, probe, podIP);
      if (this.#byContainer.get(status.id)?.get(state.kind) !== state) return;
      if (!outcome.success) this.#announce(pod, container, state.kind, outcome.message);
      this.#count(probe, state, outcome.success);
      // A startup probe has nothing left to do once it has succeeded.
      if (state.kind === 'startup' && state.verdict) return;
    }
    const periodMs = (probe.periodSeconds ?? DEFAULTS.periodSeconds) * 1000;
    const run = (): void => void this.#run(pod, container, status, probe, state);
    state.cancel = this.#deps.clock.schedule(periodMs, run);
  }

  #count(probe: core.Probe, state: ProbeState, success: boolean): void {
    const { streak } = state;
    streak.count = streak.success === success ? streak.count + 1 : 1;
    streak.success = success;
    const threshold = success
      ? (probe.successThreshold ?? DEFAULTS.successThreshold)
      : (probe.failureThreshold ?? DEFAULTS.failureThreshold);
    if (streak.count < threshold) return;
    const exhausted = state.kind === 'startup' && !success;
    // A startup probe that is used up is marked, since its verdict was false all along.
    if (exhausted) streak.count = Number.NEGATIVE_INFINITY;
    if (state.verdict === success && !exhausted) return;
    state.verdict = success;
    this.#onChange();
  }

  #announce(pod: DesiredPod, container: ContainerSpec, kind: ProbeKind, message: string): void {
    const init = (pod.spec.initContainers ?? []).includes(container);
    const fieldPath = `spec.${init ? 'initContainers' : 'containers'}{${container.name}}`;
    const text = `${FAILURE_WORDS[kind]} probe failed: ${message}`;
    this.#deps.events.pod(this.#pod, 'Warning', 'Unhealthy', text, fieldPath);
  }

  #forget(id: string): void {
    for (const state of this.#byContainer.get(id)?.values() ?? []) state.cancel();
    this.#byContainer.delete(id);
  }
}
