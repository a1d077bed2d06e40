import type { ContainerSpec, ContainerStatusView, DesiredPod } from './pod.ts';
import { isSidecar } from './pod.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/**
 * The phase that the containers' states add up to; after pkg/kubelet (getPhase). Of sidecars it
 * only counts that they run.
 *
 * @param isRestarted whether a container that has ended is to run again
 * @param isOver nothing of the pod will be started again, whatever its policy
 */
export function computePodPhase(
  pod: DesiredPod,
  inits: readonly ContainerStatusView[],
  apps: readonly ContainerStatusView[],
  isRestarted: (container: ContainerSpec) => boolean,
  isOver: boolean,
): PodPhase {
  const initState = initPhase(pod, inits, isRestarted);
  if (initState === 'failed') return 'Failed';
  if (initState !== 'done') return 'Pending';
  let running = sidecarsRunning(pod, inits);
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  let restarting = 0;
  for (const { name, state, lastState } of apps) {
    const ended = state?.terminated ?? lastState?.terminated;
    if (state?.running !== undefined) running++;
    else if (ended === undefined) waiting++;
    else {
      stopped++;
      const spec = pod.spec.containers?.find((container) => container.name === name);
      if (spec !== undefined && isRestarted(spec)) restarting++;
      if (state?.terminated?.exitCode === 0) succeeded++;
    }
  }
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped === 0) return 'Pending';
  if (restarting > 0 && !isOver) return 'Running';
  return stopped === succeeded ? 'Succeeded' : 'Failed';
}

function sidecarsRunning(pod: DesiredPod, inits: readonly ContainerStatusView[]): number {
  return (pod.spec.initContainers ?? []).filter(
    (container, index) => isSidecar(container) && inits[index]?.state?.running !== undefined,
  ).length;
}

function initPhase(
  pod: DesiredPod,
  inits: readonly ContainerStatusView[],
  isRestarted: (container: ContainerSpec) => boolean,
): 'pending' | 'failed' | 'done' {
  const states = (pod.spec.initContainers ?? []).map((container, index) => {
    const status = inits[index];
    const exitCode = status?.state?.terminated?.exitCode ?? status?.lastState?.terminated?.exitCode;
    if (isSidecar(container)) {
      return status?.started === true || exitCode !== undefined ? 'done' : 'pending';
    }
    if (status?.state?.terminated?.exitCode === 0) return 'done';
    return exitCode === undefined || exitCode === 0 || isRestarted(container)
      ? 'pending'
      : 'failed';
  });
  if (states.includes('failed')) return 'failed';
  return states.includes('pending') ? 'pending' : 'done';
}
