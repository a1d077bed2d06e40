import type { ContainerStatus } from '../runtime/container-runtime.ts';
import type { BackoffEntry } from './backoff.ts';
import { backoffUntil, formatBackoff } from './backoff.ts';
import { containerHash } from './container-hash.ts';
import type { ObservedPod } from './observed.ts';
import { currentSandbox, isRunning, livesOf, sandboxesNewestFirst } from './observed.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { formatPod, isSidecar, isTerminalPhase, podIdentity, restartPolicy } from './pod.ts';
import { terminationGraceSeconds } from './pod.ts';
import type { PodFailure } from './pod-failure.ts';

export interface ContainerStop {
  readonly id: string;
  readonly name: string;
  readonly graceSeconds: number;
  /** Why, in the words of the Killing event. */
  readonly message: string;
}

export interface ContainerStart {
  readonly container: ContainerSpec;
  readonly init: boolean;
  readonly attempt: number;
  /** The end that this start follows; undefined for a first start. */
  readonly failedAtMs?: number;
}

export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** What to do next for one pod; done in the order of the fields, then planned anew. */
export interface PodActions {
  readonly stops: readonly ContainerStop[];
  readonly stopSandboxes: readonly string[];
  readonly removeContainers: readonly string[];
  readonly removeSandboxes: readonly string[];
  /** Attempt number of the sandbox to create. */
  readonly createSandbox?: number;
  /** The sandbox that these containers go into. */
  readonly sandboxID?: string;
  readonly starts: readonly ContainerStart[];
  /** Containers that wait for a restart, with what their status says meanwhile. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** When the plan changes by itself; undefined: only with the pod or the engine. */
  readonly wakeAtMs?: number;
  /** The pod has lost the sandbox that it lived in. */
  readonly sandboxChanged: boolean;
}

export const NO_ACTIONS: PodActions = {
  stops: [],
  stopSandboxes: [],
  removeContainers: [],
  removeSandboxes: [],
  starts: [],
  waiting: new Map(),
  sandboxChanged: false,
};

export interface PodActionsInput {
  readonly pod: DesiredPod;
  readonly phase: string | undefined;
  /** The agent ends the pod itself. */
  readonly failure?: PodFailure | undefined;
  readonly observed: ObservedPod;
  readonly backoffs: ReadonlyMap<string, BackoffEntry>;
  /** IDs of running containers whose liveness or startup probe has failed, with the probe's kind. */
  readonly unhealthy: ReadonlyMap<string, 'liveness' | 'startup'>;
  readonly now: number;
}

/** Lives kept per container: the current one and the one before, whose log may be asked for. */
const KEPT_LIVES = 2;

/**
 * Decides what brings the engine's state of a wanted pod closer to its spec; after
 * pkg/kubelet/kuberuntime (computePodActions). Level-triggered: with its own plan carried out it
 * plans nothing more.
 */
export function computePodActions(input: PodActionsInput): PodActions {
  const { pod, observed, phase } = input;
  if (input.failure !== undefined) return endContainers(observed, input.failure.graceSeconds);
  if (isTerminalPhase(phase)) return endPod(pod, observed);
  const sandbox = currentSandbox(observed);
  if (sandbox === undefined) return replaceSandbox(input);
  const inits = planInitContainers(input, sandbox.id);
  if (inits.state === 'failed') return endPod(pod, observed);
  const apps = inits.state === 'done' ? planAppContainers(input) : NO_PLAN;
  const plan = joinPlans(inits.plan, apps);
  return {
    ...NO_ACTIONS,
    ...plan,
    removeContainers: [...plan.removeContainers, ...staleLives(pod, observed)],
    removeSandboxes: sandboxesNewestFirst(observed)
      .slice(1)
      .map((old) => old.id),
    sandboxID: sandbox.id,
  };
}

/** Stops all that runs of a pod; once nothing runs, its sandboxes too. Nothing is removed. */
export function endPod(pod: DesiredPod, observed: ObservedPod): PodActions {
  return endContainers(observed, terminationGraceSeconds(pod));
}

/** As {@link endPod}, and once it is stopped, removes it: for pods that are being deleted. */
export function terminatePod(observed: ObservedPod, graceSeconds: number): PodActions {
  const actions = endContainers(observed, graceSeconds);
  if (actions.stops.length > 0 || actions.stopSandboxes.length > 0) return actions;
  return {
    ...actions,
    removeContainers: observed.containers.map((status) => status.id),
    removeSandboxes: observed.sandboxes.map((status) => status.id),
  };
}

function endContainers(observed: ObservedPod, graceSeconds: number): PodActions {
  const running = observed.containers.filter(isRunning);
  return {
    ...NO_ACTIONS,
    stops: running.map((status) => stop(status, graceSeconds)),
    stopSandboxes:
      running.length > 0
        ? []
        : observed.sandboxes
            .filter((status) => status.state === 'ready')
            .map((status) => status.id),
  };
}

function stop(status: ContainerStatus, graceSeconds: number, message?: string): ContainerStop {
  const { id, name } = status;
  return { id, name, graceSeconds, message: message ?? `Stopping container ${name}` };
}

/** A lost sandbox takes all containers with it: they sit in a network that is no more. */
function replaceSandbox(input: PodActionsInput): PodActions {
  const { pod, observed } = input;
  const [newest, ...older] = sandboxesNewestFirst(observed);
  const sandboxChanged = newest !== undefined;
  const ended = endContainers(observed, terminationGraceSeconds(pod));
  if (ended.stops.length > 0) return { ...ended, sandboxChanged };
  const started = observed.containers.length > 0;
  const wanted = (pod.spec.containers ?? []).some((container) => {
    const last = livesOf(observed, container.name)[0];
    return last === undefined || shouldRestart(pod, container, last);
  });
  if (!wanted || (sandboxChanged && started && restartPolicy(pod) === 'Never')) return ended;
  return {
    ...ended,
    removeSandboxes: older.map((old) => old.id),
    createSandbox: newest === undefined ? 0 : newest.attempt + 1,
    sandboxChanged,
  };
}

interface ContainersPlan {
  readonly stops: readonly ContainerStop[];
  readonly starts: readonly ContainerStart[];
  readonly removeContainers: readonly string[];
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly wakeAtMs?: number;
}

const NO_PLAN: ContainersPlan = { stops: [], starts: [], removeContainers: [], waiting: new Map() };

function joinPlans(a: ContainersPlan, b: ContainersPlan): ContainersPlan {
  const wakeAtMs = Math.min(a.wakeAtMs ?? Infinity, b.wakeAtMs ?? Infinity);
  return {
    stops: [...a.stops, ...b.stops],
    starts: [...a.starts, ...b.starts],
    removeContainers: [...a.removeContainers, ...b.removeContainers],
    waiting: new Map([...a.waiting, ...b.waiting]),
    ...(wakeAtMs === Infinity ? {} : { wakeAtMs }),
  };
}

/** Init containers run one after another, each to its end; sidecars only have to have started. */
function planInitContainers(
  input: PodActionsInput,
  sandboxID: string,
): { state: 'done' | 'running' | 'failed'; plan: ContainersPlan } {
  const { pod, observed } = input;
  const appStarted = (pod.spec.containers ?? []).some((container) =>
    livesOf(observed, container.name).some((life) => life.sandboxID === sandboxID),
  );
  let plan = NO_PLAN;
  for (const container of pod.spec.initContainers ?? []) {
    if (appStarted && !isSidecar(container)) continue;
    const [last] = livesOf(observed, container.name);
    const current = last?.sandboxID === sandboxID ? last : undefined;
    if (current?.state.kind === 'exited' && !isSidecar(container)) {
      if (current.state.exitCode === 0) continue;
      if (restartPolicy(pod) === 'Never') return { state: 'failed', plan };
    }
    plan = joinPlans(plan, planContainer(input, container, true, last, current === undefined));
    const isUp = isSidecar(container) && current !== undefined && isRunning(current);
    if (!isUp && !appStarted) return { state: 'running', plan };
  }
  return { state: 'done', plan };
}

function planAppContainers(input: PodActionsInput): ContainersPlan {
  return (input.pod.spec.containers ?? []).reduce((plan, container) => {
    const [last] = livesOf(input.observed, container.name);
    return joinPlans(plan, planContainer(input, container, false, last, false));
  }, NO_PLAN);
}

/** @param afresh the last life was in another sandbox and says nothing about this one */
function planContainer(
  input: PodActionsInput,
  container: ContainerSpec,
  init: boolean,
  last: ContainerStatus | undefined,
  afresh: boolean,
): ContainersPlan {
  const { pod } = input;
  if (last === undefined) return { ...NO_PLAN, starts: [{ container, init, attempt: 0 }] };
  const changed = last.hash !== containerHash(container);
  if (last.state.kind === 'running') {
    const message = replaceMessage(container.name, changed, input.unhealthy.get(last.id));
    if (message === undefined) return NO_PLAN;
    return { ...NO_PLAN, stops: [stop(last, terminationGraceSeconds(pod), message)] };
  }
  if (last.state.kind === 'created') {
    // Left by an agent that ended between creating and starting it.
    const starts = [{ container, init, attempt: last.attempt }];
    return { ...NO_PLAN, removeContainers: [last.id], starts };
  }
  const start = { container, init, attempt: last.attempt + 1 };
  if (changed || afresh) return { ...NO_PLAN, starts: [start] };
  if (!init && !shouldRestart(pod, container, last)) return NO_PLAN;
  return restartWithBackoff(input, { ...start, failedAtMs: last.state.finishedAtMs });
}

function replaceMessage(
  name: string,
  changed: boolean,
  failedProbe: string | undefined,
): string | undefined {
  if (changed) return `Container ${name} definition changed, will be restarted`;
  if (failedProbe !== undefined) {
    return `Container ${name} failed ${failedProbe} probe, will be restarted`;
  }
  return undefined;
}

function restartWithBackoff(
  input: PodActionsInput,
  start: ContainerStart & { readonly failedAtMs: number },
): ContainersPlan {
  const { name } = start.container;
  const entry = input.backoffs.get(name);
  const wakeAtMs = backoffUntil(entry, start.failedAtMs);
  if (entry === undefined || wakeAtMs <= input.now) return { ...NO_PLAN, starts: [start] };
  const delay = formatBackoff(entry.delayMs);
  const pod = formatPod(podIdentity(input.pod));
  const message = `back-off ${delay} restarting failed container=${name} pod=${pod}`;
  const waiting = new Map([[name, { reason: 'CrashLoopBackOff', message }]]);
  return { ...NO_PLAN, waiting, wakeAtMs };
}

/** Whether a container that is not running is to run again. */
export function shouldRestart(
  pod: DesiredPod,
  container: ContainerSpec,
  last: ContainerStatus,
): boolean {
  if (last.state.kind !== 'exited') return true;
  if (isSidecar(container) || last.hash !== containerHash(container)) return true;
  const policy = restartPolicy(pod);
  return policy === 'Always' || (policy === 'OnFailure' && last.state.exitCode !== 0);
}

/** Dead lives beyond those that are kept. */
function staleLives(pod: DesiredPod, observed: ObservedPod): string[] {
  const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  return containers.flatMap((container) =>
    livesOf(observed, container.name)
      .slice(KEPT_LIVES)
      .filter((life) => !isRunning(life))
      .map((life) => life.id),
  );
}
