import type { ContainerStatus } from '../runtime/container-runtime.ts';
import { NO_ACTIONS } from './actions.ts';
import type {
  ContainerStart,
  ContainerStop,
  ContainerUpdate,
  PodActions,
  WaitingReason,
} from './actions.ts';
import { activeDeadlineMs } from './active-deadline.ts';
import type { BackoffEntry } from './backoff.ts';
import { backoffUntil, formatBackoff } from './backoff.ts';
import { containerHash } from './container-hash.ts';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { currentSandbox, isRunning, livesOf, sandboxesNewestFirst } from './observed.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { allContainers, formatPod, isSidecar, isTerminalPhase, podIdentity } from './pod.ts';
import { restartPolicy, terminationGraceSeconds } from './pod.ts';
import { endContainers, endPod, stopOf, terminatePod } from './pod-end.ts';
import { isOver } from './restart-all.ts';
import { neededResize } from './resize.ts';
import { restartsOnFailure, shouldRestart } from './restart-policy.ts';
import type { PodFailure } from './pod-failure.ts';

/** Why a container that runs is to be ended, and then started anew if its policy says so. */
export type Ailment = 'liveness' | 'startup' | 'postStart';

export interface PodActionsInput {
  readonly pod: DesiredPod;
  readonly phase: string | undefined;
  /** When the pod was taken up, as its status says. */
  readonly startTime: string | undefined;
  /** The agent ends the pod itself. */
  readonly failure?: PodFailure | undefined;
  readonly observed: ObservedPod;
  readonly backoffs: ReadonlyMap<string, BackoffEntry>;
  /** Running containers, by ID, whose probe or hook has failed. */
  readonly unhealthy: ReadonlyMap<string, Ailment>;
  /** When all containers were last told to start anew. */
  readonly restartAllAtMs?: number | undefined;
  /** Whether what comes after a running sidecar may start. */
  readonly isStarted: (containerID: string) => boolean;
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
  const { pod, observed, phase, now } = input;
  if (input.failure !== undefined) return endFailed(input, input.failure);
  const deadlineMs = activeDeadlineMs(pod, input.startTime) ?? Infinity;
  if (isTerminalPhase(phase) || deadlineMs <= now) return endPod(pod, observed);
  const actions = runPod(input);
  const wakeAtMs = Math.min(actions.wakeAtMs ?? Infinity, deadlineMs);
  return wakeAtMs === Infinity ? actions : { ...actions, wakeAtMs };
}

/** How a pod ended is told before its containers are removed: nobody knows it afterwards. */
function endFailed({ pod, observed, phase }: PodActionsInput, failure: PodFailure): PodActions {
  const end = failure.freesDisk && isTerminalPhase(phase) ? terminatePod : endContainers;
  return end(pod, observed, failure.graceSeconds);
}

function runPod(input: PodActionsInput): PodActions {
  const { pod, observed } = input;
  const sandbox = currentSandbox(observed);
  if (sandbox === undefined) return replaceSandbox(input);
  const over = observed.containers.filter(
    (life) => isRunning(life) && isOver(life, input.restartAllAtMs) && !isEphemeral(pod, life),
  );
  if (over.length > 0) {
    return endContainers(pod, { sandboxes: [], containers: over }, terminationGraceSeconds(pod));
  }
  const inits = planInitContainers(input, sandbox.id);
  if (inits.state === 'failed') return endPod(pod, observed);
  // Sidecars do not keep a pod alive.
  if (inits.state === 'done' && isDone(input)) return endPod(pod, observed);
  const apps = inits.state === 'done' ? planAppContainers(input) : NO_PLAN;
  const plan = [apps, planEphemeralContainers(input)].reduce(joinPlans, inits.plan);
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

/** Whether every container other than sidecars has ended, and stays so. */
function isDone({ observed, pod, restartAllAtMs }: PodActionsInput): boolean {
  const containers = pod.spec.containers ?? [];
  if (containers.length === 0) return false;
  return containers.every((container) => {
    const [last] = livesOf(observed, container.name);
    if (last === undefined || isRunning(last) || isOver(last, restartAllAtMs)) return false;
    return !shouldRestart(pod, container, last);
  });
}

const isEphemeral = (pod: DesiredPod, life: ContainerStatus): boolean =>
  pod.spec.ephemeralContainers?.some(({ name }) => name === life.name) === true;

/** A lost sandbox takes all containers with it: they sit in a network that is no more. */
function replaceSandbox(input: PodActionsInput): PodActions {
  const { pod, observed } = input;
  const [newest, ...older] = sandboxesNewestFirst(observed);
  const sandboxChanged = newest !== undefined;
  const ended = endContainers(pod, observed, terminationGraceSeconds(pod));
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
  readonly updates: readonly ContainerUpdate[];
  readonly starts: readonly ContainerStart[];
  readonly removeContainers: readonly string[];
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly wakeAtMs?: number;
}

const NO_PLAN: ContainersPlan = {
  stops: [],
  updates: [],
  starts: [],
  removeContainers: [],
  waiting: new Map(),
};

function joinPlans(a: ContainersPlan, b: ContainersPlan): ContainersPlan {
  const wakeAtMs = Math.min(a.wakeAtMs ?? Infinity, b.wakeAtMs ?? Infinity);
  return {
    stops: [...a.stops, ...b.stops],
    updates: [...a.updates, ...b.updates],
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
  const isCurrent = (life: ContainerStatus): boolean =>
    life.sandboxID === sandboxID && !isOver(life, input.restartAllAtMs);
  const appStarted = pod.spec.containers.some((container) =>
    livesOf(observed, container.name).some(isCurrent),
  );
  let plan = NO_PLAN;
  for (const container of pod.spec.initContainers ?? []) {
    if (appStarted && !isSidecar(container)) continue;
    const [last] = livesOf(observed, container.name);
    const current = last !== undefined && isCurrent(last) ? last : undefined;
    if (current?.state.kind === 'exited' && !isSidecar(container)) {
      if (current.state.exitCode === 0) continue;
      if (!shouldRestart(pod, container, current)) return { state: 'failed', plan };
    }
    plan = joinPlans(plan, planContainer(input, container, true, last, current === undefined));
    const isUp = isSidecar(container) && current !== undefined && isStarted(input, current);
    if (!isUp && !appStarted) return { state: 'running', plan };
  }
  return { state: 'done', plan };
}

const isStarted = (input: PodActionsInput, life: ContainerStatus): boolean =>
  isRunning(life) && input.isStarted(life.id);

function planAppContainers(input: PodActionsInput): ContainersPlan {
  return (input.pod.spec.containers ?? []).reduce((plan, container) => {
    const [last] = livesOf(input.observed, container.name);
    return joinPlans(plan, planContainer(input, container, false, last, false));
  }, NO_PLAN);
}

/** Ephemeral containers are started once, whatever else the pod is at, and never again. */
function planEphemeralContainers({ pod, observed }: PodActionsInput): ContainersPlan {
  return (pod.spec.ephemeralContainers ?? []).reduce((plan, container) => {
    const [last] = livesOf(observed, container.name);
    if (last !== undefined && last.state.kind !== 'created') return plan;
    const removeContainers = last === undefined ? [] : [last.id];
    const starts = [{ container, attempt: 0 }];
    return joinPlans(plan, { ...NO_PLAN, removeContainers, starts });
  }, NO_PLAN);
}

/** @param afresh the last life was in another sandbox and says nothing about this one */
function planContainer(
  input: PodActionsInput,
  container: ContainerSpec,
  init: boolean,
  last: ObservedContainer | undefined,
  afresh: boolean,
): ContainersPlan {
  const { pod } = input;
  if (last === undefined) return { ...NO_PLAN, starts: [{ container, attempt: 0 }] };
  const changed = last.hash !== containerHash(container);
  if (last.state.kind === 'running') {
    const resize = neededResize(pod, container, last);
    if (resize?.restart === true) {
      const message = `Container ${container.name} resize requires restart`;
      const stop = stopOf(last, terminationGraceSeconds(pod), message);
      return { ...NO_PLAN, stops: [{ ...stop, isForRestart: true }] };
    }
    const ailment = input.unhealthy.get(last.id);
    const isForRestart = changed || (ailment !== 'postStart' && restartsOnFailure(pod, container));
    const message = replaceMessage(container.name, changed, ailment, isForRestart);
    if (message === undefined) {
      if (resize === undefined) return NO_PLAN;
      const { resources } = resize;
      return { ...NO_PLAN, updates: [{ id: last.id, name: container.name, resources }] };
    }
    const graceSeconds = graceAfter(pod, container, changed ? undefined : ailment);
    const stop = stopOf(last, graceSeconds, message);
    return { ...NO_PLAN, stops: [isForRestart ? { ...stop, isForRestart } : stop] };
  }
  if (last.state.kind === 'created') {
    // Left by an agent that ended between creating and starting it.
    const starts = [{ container, attempt: last.attempt }];
    return { ...NO_PLAN, removeContainers: [last.id], starts };
  }
  const start = { container, attempt: last.attempt + 1 };
  if (isOver(last, input.restartAllAtMs)) {
    return restartWithBackoff(input, { ...start, failedAtMs: last.state.finishedAtMs });
  }
  if (changed || afresh) return { ...NO_PLAN, starts: [start] };
  if (!init && !shouldRestart(pod, container, last)) return NO_PLAN;
  return restartWithBackoff(input, { ...start, failedAtMs: last.state.finishedAtMs });
}

function replaceMessage(
  name: string,
  changed: boolean,
  ailment: Ailment | undefined,
  isForRestart: boolean,
): string | undefined {
  if (changed) return `Container ${name} definition changed, will be restarted`;
  if (ailment === 'postStart') return 'FailedPostStartHook';
  if (ailment === undefined) return undefined;
  const what = `Container ${name} failed ${ailment} probe`;
  return isForRestart ? `${what}, will be restarted` : what;
}

/** A probe may say how long what fails it has. */
function graceAfter(
  pod: DesiredPod,
  container: ContainerSpec,
  ailment: Ailment | undefined,
): number {
  const probes = { liveness: container.livenessProbe, startup: container.startupProbe };
  const probe = ailment === 'liveness' || ailment === 'startup' ? probes[ailment] : undefined;
  return probe?.terminationGracePeriodSeconds ?? terminationGraceSeconds(pod);
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

/** Dead lives beyond those that are kept. */
function staleLives(pod: DesiredPod, observed: ObservedPod): string[] {
  return allContainers(pod).flatMap((container) =>
    livesOf(observed, container.name)
      .slice(KEPT_LIVES)
      .filter((life) => !isRunning(life))
      .map((life) => life.id),
  );
}
