import type { ContainerStatusView, DesiredPod } from './pod.ts';
import { isSidecar, restartPolicy } from './pod.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** The phase that the containers' states add up to; after pkg/kubelet (getPhase). */
export function computePodPhase(
  pod: DesiredPod,
  inits: readonly ContainerStatusView[],
  apps: readonly ContainerStatusView[],
): PodPhase {
  const policy = restartPolicy(pod);
  const initState = initPhase(pod, inits);
  if (initState === 'failed' && policy === 'Never') return 'Failed';
  if (initState !== 'done') return 'Pending';
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const { state, lastState } of apps) {
    if (state?.running !== undefined) running++;
    else if (state?.terminated !== undefined) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated !== undefined) stopped++;
    else waiting++;
  }
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped === 0) return 'Pending';
  if (policy === 'Always') return 'Running';
  if (stopped === succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function initPhase(
  pod: DesiredPod,
  inits: readonly ContainerStatusView[],
): 'pending' | 'failed' | 'done' {
  let state: 'pending' | 'done' = 'done';
  (pod.spec.initContainers ?? []).forEach((container, index) => {
    const status = inits[index];
    const exitCode = status?.state?.terminated?.exitCode ?? status?.lastState?.terminated?.exitCode;
    if (isSidecar(container)) {
      if (status?.started !== true && exitCode === undefined) state = 'pending';
    } else if (status?.state?.terminated?.exitCode !== 0) state = 'pending';
  });
  const failed = (pod.spec.initContainers ?? []).some((container, index) => {
    const terminated = inits[index]?.state?.terminated;
    return !isSidecar(container) && terminated !== undefined && terminated.exitCode !== 0;
  });
  return failed ? 'failed' : state;
}
