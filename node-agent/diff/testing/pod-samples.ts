import type { ContainerState, ContainerStatus } from '../../runtime/container-runtime.ts';
import { containerHash } from '../container-hash.ts';
import type { ContainerSpec, DesiredPod } from '../pod.ts';
import type { PodActions } from '../actions.ts';
import { computePodActions } from '../pod-actions.ts';
import type { PodActionsInput } from '../pod-actions.ts';

export const NOW = 1_000_000;
export const IDENTITY = { namespace: 'default', name: 'web', uid: 'u' };
export const spec = (name: string, image = 'web:1'): ContainerSpec => ({ name, image });

export function pod(over: Partial<DesiredPod['spec']> = {}): DesiredPod {
  return { metadata: IDENTITY, spec: { containers: [spec('main')], ...over } };
}

export const SANDBOX = {
  id: 'sandbox',
  pod: IDENTITY,
  attempt: 0,
  state: 'ready' as const,
  createdAtMs: 1,
  ips: ['10.0.0.1'],
};
export const RUNNING: ContainerState = { kind: 'running', startedAtMs: 1 };
export const exited = (exitCode: number, finishedAtMs = NOW): ContainerState => ({
  kind: 'exited',
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  message: '',
  startedAtMs: 1,
  finishedAtMs,
});

export function life(
  container: ContainerSpec,
  state: ContainerState,
  attempt = 0,
): ContainerStatus {
  return {
    id: `${container.name}-${attempt}`,
    sandboxID: 'sandbox',
    pod: IDENTITY,
    name: container.name,
    attempt,
    hash: containerHash(container),
    image: container.image ?? '',
    imageID: '',
    createdAtMs: attempt,
    state,
    tty: false,
  };
}

export function plan(
  subject: DesiredPod,
  containers: ContainerStatus[],
  over: Partial<PodActionsInput> = {},
): PodActions {
  return computePodActions({
    pod: subject,
    phase: 'Running',
    observed: { sandboxes: [SANDBOX], containers },
    backoffs: new Map(),
    unhealthy: new Map(),
    startTime: undefined,
    isStarted: () => true,
    now: NOW,
    ...over,
  });
}

export const started = (actions: PodActions): string[] =>
  actions.starts.map(({ container, attempt }) => `${container.name}#${attempt}`);
