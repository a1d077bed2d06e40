import { formatTime } from '../../apimachinery/meta.ts';
import type { ContainerStatus } from '../runtime/container-runtime.ts';
import type { ObservedPod } from './observed.ts';
import { livesOf } from './observed.ts';
import type { ContainerSpec, ContainerStatusView, DesiredPod, PodStatus } from './pod.ts';
import { isSidecar } from './pod.ts';
import type { WaitingReason } from './actions.ts';
import { neededResize } from './resize.ts';
import { shouldRestart } from './restart-policy.ts';

type StateView = NonNullable<ContainerStatusView['state']>;

/** What the status of a pod is computed from, beside the pod itself. */
export interface ContainerStatusInput {
  readonly pod: DesiredPod;
  readonly observed: ObservedPod;
  /** The prefix of container IDs. */
  readonly runtimeName: string;
  /** Why containers that are not running wait. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** Whether a running container's probes let it count as started, and as ready. */
  readonly isStarted: (status: ContainerStatus, container: ContainerSpec) => boolean;
  readonly isReady: (status: ContainerStatus, container: ContainerSpec) => boolean;
  /** The status that was last computed; on the first time what the control plane has. */
  readonly previous: PodStatus | undefined;
  /** The pod is being ended: what has stopped is not about to be restarted. */
  readonly ending: boolean;
}

/** Statuses of the pod's containers by name, as kubelet orders them. */
export function appContainerStatuses(input: ContainerStatusInput): ContainerStatusView[] {
  return (input.pod.spec.containers ?? [])
    .map((container) => containerStatusView(input, container, false))
    .sort(byName);
}

/** Statuses of the containers that were added to look into the pod; they are never ready. */
export function ephemeralContainerStatuses(input: ContainerStatusInput): ContainerStatusView[] {
  return (input.pod.spec.ephemeralContainers ?? [])
    .map((container): ContainerStatusView => {
      const [last] = livesOf(input.observed, container.name);
      const ended = last !== undefined && last.state.kind !== 'created';
      const waiting = ended ? undefined : firstWait(input, container);
      return {
        ...identity(input, container, last),
        state: waiting === undefined ? stateView(input, last) : { waiting },
        lastState: {},
        ready: false,
      };
    })
    .sort(byName);
}

const byName = (a: ContainerStatusView, b: ContainerStatusView): number =>
  a.name < b.name ? -1 : 1;

/** Statuses of the pod's init containers, in the order of the spec. */
export function initContainerStatuses(input: ContainerStatusInput): ContainerStatusView[] {
  return (input.pod.spec.initContainers ?? []).map((container) =>
    containerStatusView(input, container, true),
  );
}

function containerStatusView(
  input: ContainerStatusInput,
  container: ContainerSpec,
  init: boolean,
): ContainerStatusView {
  const [last, previous] = livesOf(input.observed, container.name);
  const waiting = waitingReason(input, container, last, init);
  const shown = waiting === undefined ? last : undefined;
  const ended = [last, previous].find((life) => life !== shown && life?.state.kind === 'exited');
  const running = shown?.state.kind === 'running';
  const started = running && input.isStarted(shown, container);
  return {
    ...identity(input, container, last),
    state: waiting === undefined ? stateView(input, last) : { waiting },
    lastState: ended === undefined ? {} : stateView(input, ended),
    ready: isReady(input, container, shown, init && !isSidecar(container), started),
    started,
    ...resourcesView(input, container, last),
  };
}

/** What the container was given, and what it has: the latter follows once it is changed. */
function resourcesView(
  input: ContainerStatusInput,
  container: ContainerSpec,
  last: ContainerStatus | undefined,
): Pick<ContainerStatusView, 'allocatedResources' | 'resources'> {
  const { limits, requests } = container.resources ?? {};
  const isBehind = last !== undefined && neededResize(input.pod, container, last) !== undefined;
  const { containerStatuses = [], initContainerStatuses = [] } = input.previous ?? {};
  const before = [...containerStatuses, ...initContainerStatuses].find(
    ({ name }) => name === container.name,
  )?.resources;
  const given = {
    ...(limits === undefined ? {} : { limits }),
    ...(requests === undefined ? {} : { requests }),
  };
  return {
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: isBehind && before !== undefined ? before : given,
  };
}

function identity(
  { runtimeName }: ContainerStatusInput,
  container: ContainerSpec,
  last: ContainerStatus | undefined,
): Pick<ContainerStatusView, 'name' | 'restartCount' | 'image' | 'imageID' | 'containerID'> {
  return {
    name: container.name,
    restartCount: last?.attempt ?? 0,
    image: last?.image ?? container.image ?? '',
    imageID: last?.imageID ?? '',
    ...(last === undefined ? {} : { containerID: `${runtimeName}://${last.id}` }),
    ...mountStatuses(container),
  };
}

/** Nothing is read-only with all that is mounted below it: engines at hand cannot do that. */
function mountStatuses({
  volumeMounts = [],
}: ContainerSpec): Pick<ContainerStatusView, 'volumeMounts'> {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}

/** An init container is ready once it has ended well; any other while it runs and passes. */
function isReady(
  input: ContainerStatusInput,
  container: ContainerSpec,
  shown: ContainerStatus | undefined,
  runsToCompletion: boolean,
  started: boolean,
): boolean {
  if (shown === undefined) return false;
  if (runsToCompletion) return shown.state.kind === 'exited' && shown.state.exitCode === 0;
  return started && input.isReady(shown, container);
}

/** Undefined when the container's last life is what its state shows. */
function waitingReason(
  input: ContainerStatusInput,
  container: ContainerSpec,
  last: ContainerStatus | undefined,
  init: boolean,
): { reason: string; message?: string } | undefined {
  if (last?.state.kind === 'running') return undefined;
  if (last?.state.kind === 'exited') {
    const ended = init && !isSidecar(container) && last.state.exitCode === 0;
    if (ended || input.ending || !shouldRestart(input.pod, container, last)) return undefined;
    const known = input.waiting.get(container.name);
    return known === undefined ? undefined : waitingView(known);
  }
  return firstWait(input, container);
}

/** Why a container that never was started waits. */
function firstWait(
  input: ContainerStatusInput,
  container: ContainerSpec,
): { reason: string; message?: string } {
  const known = input.waiting.get(container.name);
  if (known !== undefined) return waitingView(known);
  const hasInits = (input.pod.spec.initContainers ?? []).length > 0;
  return { reason: hasInits ? 'PodInitializing' : 'ContainerCreating' };
}

function waitingView(waiting: WaitingReason): { reason: string; message?: string } {
  return waiting.message === '' ? { reason: waiting.reason } : { ...waiting };
}

function stateView(input: ContainerStatusInput, life: ContainerStatus | undefined): StateView {
  const state = life?.state;
  if (life === undefined || state === undefined || state.kind === 'created') return {};
  if (state.kind === 'running') return { running: { startedAt: formatTime(state.startedAtMs) } };
  return {
    terminated: {
      exitCode: state.exitCode,
      ...(state.signal === undefined ? {} : { signal: state.signal }),
      reason: state.reason,
      ...(state.message === '' ? {} : { message: state.message }),
      startedAt: formatTime(state.startedAtMs),
      finishedAt: formatTime(state.finishedAtMs),
      containerID: `${input.runtimeName}://${life.id}`,
    },
  };
}
