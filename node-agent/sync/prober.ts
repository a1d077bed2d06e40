import type * as core from 'kubernetes-types/core/v1';
import type { ObservedPod } from '../diff/observed.ts';
import { isRunning } from '../diff/observed.ts';
import { allContainers, fieldPath } from '../diff/pod.ts';
import type { ContainerSpec, DesiredPod } from '../diff/pod.ts';
import type { ContainerStatus, PodIdentity } from '../runtime/container-runtime.ts';
import { podIP } from './pod-ip.ts';
import type { PodWorkerDeps } from './pod-worker-deps.ts';
import type { ProbeOutcome } from './probe.ts';

type ProbeKind = 'startup' | 'readiness' | 'liveness';

const KINDS: readonly [ProbeKind, 'startupProbe' | 'readinessProbe' | 'livenessProbe'][] = [
  ['startup', 'startupProbe'],
  ['readiness', 'readinessProbe'],
  ['liveness', 'livenessProbe'],
];

const DEFAULTS = { periodSeconds: 10, failureThreshold: 3, successThreshold: 1 };
const WORDS = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };
/** Tries of one probe as long as it cannot be carried out. */
const MAX_TRIES = 3;

interface ProbeState {
  readonly kind: ProbeKind;
  readonly probe: core.Probe;
  /** What the probe has found so far; liveness begins true, the others as last known. */
  verdict: boolean;
  streak: { success: boolean; count: number };
  /** A startup or liveness probe that has failed for good: the container is to be restarted. */
  isExhausted: boolean;
  cancel: () => void;
}

interface ProbedContainer {
  readonly pod: DesiredPod;
  readonly container: ContainerSpec;
  readonly status: ContainerStatus;
  readonly states: ReadonlyMap<ProbeKind, ProbeState>;
}

/**
 * What was last reported of a container: one that was ready before the agent was restarted stays
 * so until a probe says otherwise.
 */
export type LastKnown = (containerID: string) => {
  readonly startup: boolean;
  readonly readiness: boolean;
};

/** What probes are made with. */
type ProberDeps = Pick<
  PodWorkerDeps,
  'clock' | 'events' | 'node' | 'runProbe' | 'runtime' | 'view'
>;

/** Runs the probes of one pod's running containers, each on its own schedule. */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #pod: PodIdentity;
  readonly #onChange: () => void;
  readonly #lastKnown: LastKnown;
  readonly #byContainer = new Map<string, ProbedContainer>();

  constructor(deps: ProberDeps, pod: PodIdentity, onChange: () => void, lastKnown: LastKnown) {
    this.#deps = deps;
    this.#pod = pod;
    this.#onChange = onChange;
    this.#lastKnown = lastKnown;
  }

  /** Probes what runs, and no longer what does not. */
  update(pod: DesiredPod, observed: ObservedPod): void {
    const running = this.#forgetEnded(observed);
    const specs = allContainers(pod);
    for (const status of running.values()) {
      const container = specs.find(({ name }) => name === status.name);
      if (container === undefined || this.#byContainer.has(status.id)) continue;
      this.#begin(pod, container, status);
    }
  }

  /** The pod is being ended: only whether its containers are ready is still looked at. */
  updateEnding(observed: ObservedPod): void {
    this.#forgetEnded(observed);
    for (const { states } of this.#byContainer.values()) {
      for (const { cancel, kind } of states.values()) if (kind !== 'readiness') cancel();
    }
  }

  stop(): void {
    for (const id of this.#byContainer.keys()) this.#forget(id);
  }

  /** Whether the container's startup probe, if it has one, has succeeded. */
  isStarted(id: string): boolean {
    return this.#byContainer.get(id)?.states.get('startup')?.verdict ?? true;
  }

  /** Whether the container's readiness probe, if it has one, says so. */
  isReady(id: string): boolean {
    const readiness = this.#byContainer.get(id)?.states.get('readiness');
    return this.isStarted(id) && (readiness?.verdict ?? true);
  }

  /** Running containers that are to be restarted, with the probe that says so. */
  unhealthy(): ReadonlyMap<string, 'liveness' | 'startup'> {
    const found = new Map<string, 'liveness' | 'startup'>();
    for (const [id, { states }] of this.#byContainer) {
      for (const { isExhausted, kind } of states.values()) {
        if (isExhausted && kind !== 'readiness') found.set(id, kind);
      }
    }
    return found;
  }

  #forgetEnded(observed: ObservedPod): ReadonlyMap<string, ContainerStatus> {
    const running = new Map(
      observed.containers.filter(isRunning).map((status) => [status.id, status]),
    );
    for (const id of this.#byContainer.keys()) if (!running.has(id)) this.#forget(id);
    return running;
  }

  #begin(pod: DesiredPod, container: ContainerSpec, status: ContainerStatus): void {
    const states = new Map<ProbeKind, ProbeState>();
    const known = this.#lastKnown(status.id);
    for (const [kind, field] of KINDS) {
      const probe = container[field];
      if (probe === undefined) continue;
      states.set(kind, {
        kind,
        probe,
        verdict: kind === 'liveness' || known[kind],
        streak: { success: true, count: 0 },
        isExhausted: false,
        cancel: () => undefined,
      });
    }
    const probed = { pod, container, status, states };
    this.#byContainer.set(status.id, probed);
    const startup = states.get('startup');
    // Until the startup probe has succeeded, the others hold back.
    if (startup !== undefined && !startup.verdict) this.#scheduleFirst(probed, startup);
    else this.#scheduleOthers(probed);
  }

  #scheduleOthers(probed: ProbedContainer): void {
    for (const state of probed.states.values()) {
      if (state.kind !== 'startup') this.#scheduleFirst(probed, state);
    }
  }

  #scheduleFirst(probed: ProbedContainer, state: ProbeState): void {
    const { state: life } = probed.status;
    const startedAtMs = life.kind === 'running' ? life.startedAtMs : 0;
    const dueAtMs = startedAtMs + (state.probe.initialDelaySeconds ?? 0) * 1000;
    this.#schedule(probed, state, dueAtMs - this.#deps.clock.now());
  }

  #schedule(probed: ProbedContainer, state: ProbeState, delayMs: number): void {
    const run = (): void => void this.#run(probed, state);
    state.cancel = this.#deps.clock.schedule(Math.max(delayMs, 0), run);
  }

  async #run(probed: ProbedContainer, state: ProbeState): Promise<void> {
    let isCancelled = false;
    state.cancel = () => {
      isCancelled = true;
    };
    const { clock } = this.#deps;
    const begunAtMs = clock.now();
    const outcome = await this.#probe(probed, state.probe);
    if (isCancelled) return;
    this.#announce(probed, state.kind, outcome);
    if (outcome.result !== 'unknown') this.#count(state, outcome.result !== 'failure');
    if (state.isExhausted) return;
    if (state.kind === 'startup' && state.verdict) this.#scheduleOthers(probed);
    else {
      const periodSeconds = state.probe.periodSeconds ?? DEFAULTS.periodSeconds;
      this.#schedule(probed, state, begunAtMs + periodSeconds * 1000 - clock.now());
    }
  }

  async #probe(
    { pod, container, status }: ProbedContainer,
    probe: core.Probe,
  ): Promise<ProbeOutcome> {
    const request = {
      containerID: status.id,
      container,
      probe,
      podIP: podIP(this.#deps, pod),
    };
    for (let tries = 1; ; tries++) {
      const outcome = await this.#deps.runProbe(this.#deps.runtime, request);
      if (outcome.result !== 'unknown' || tries >= MAX_TRIES) return outcome;
    }
  }

  #count(state: ProbeState, success: boolean): void {
    const { kind, probe, streak } = state;
    streak.count = streak.success === success ? streak.count + 1 : 1;
    streak.success = success;
    const threshold = success
      ? (probe.successThreshold ?? DEFAULTS.successThreshold)
      : (probe.failureThreshold ?? DEFAULTS.failureThreshold);
    if (streak.count < threshold) return;
    if (!success && kind !== 'readiness') state.isExhausted = true;
    if (state.verdict === success && !state.isExhausted) return;
    state.verdict = success;
    this.#onChange();
  }

  #announce({ container, pod }: ProbedContainer, kind: ProbeKind, outcome: ProbeOutcome): void {
    const { message, result } = outcome;
    if (result === 'success') return;
    const reason = result === 'warning' ? 'ProbeWarning' : 'Unhealthy';
    const found = {
      warning: 'warning',
      failure: 'failed',
      unknown: 'errored and resulted in unknown state',
    }[result];
    const text = `${WORDS[kind]} probe ${found}: ${message}`;
    const path = fieldPath(pod, container.name);
    this.#deps.events.pod(this.#pod, 'Warning', reason, text, path);
  }

  #forget(id: string): void {
    for (const state of this.#byContainer.get(id)?.states.values() ?? []) state.cancel();
    this.#byContainer.delete(id);
  }
}
