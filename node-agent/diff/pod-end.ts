import type { ContainerStatus } from '../runtime/container-runtime.ts';
import type { ObservedPod } from './observed.ts';
import { isRunning } from './observed.ts';
import type { DesiredPod } from './pod.ts';
import { isSidecar, terminationGraceSeconds } from './pod.ts';
import { NO_ACTIONS } from './actions.ts';
import type { ContainerStop, PodActions } from './actions.ts';

/** Stops all that runs of a pod; once nothing runs, its sandboxes too. Nothing is removed. */
export function endPod(pod: DesiredPod, observed: ObservedPod): PodActions {
  return endContainers(pod, observed, terminationGraceSeconds(pod));
}

/**
 * As {@link endPod}, and once it is stopped, removes it: for pods that are being deleted.
 *
 * @param pod undefined: nobody knows what it was
 */
export function terminatePod(
  pod: DesiredPod | undefined,
  observed: ObservedPod,
  graceSeconds: number,
): PodActions {
  const actions = endContainers(pod, observed, graceSeconds);
  if (actions.stops.length > 0 || actions.stopSandboxes.length > 0) return actions;
  return {
    ...actions,
    removeContainers: observed.containers.map((status) => status.id),
    removeSandboxes: observed.sandboxes.map((status) => status.id),
  };
}

/** Stops whatever runs; sandboxes go once nothing does. */
export function endContainers(
  pod: DesiredPod | undefined,
  observed: ObservedPod,
  graceSeconds: number,
): PodActions {
  const running = observed.containers.filter(isRunning);
  const after = waitsFor(pod, running);
  return {
    ...NO_ACTIONS,
    stops: running.map((status) => ({
      ...stopOf(status, graceSeconds),
      after: after.get(status.name) ?? [],
    })),
    stopSandboxes:
      running.length > 0
        ? []
        : observed.sandboxes
            .filter((status) => status.state === 'ready')
            .map((status) => status.id),
  };
}

export function stopOf(
  status: ContainerStatus,
  graceSeconds: number,
  message?: string,
): ContainerStop {
  const { id, name } = status;
  return { id, name, graceSeconds, after: [], message: message ?? `Stopping container ${name}` };
}

/**
 * What runs and has to end before a sidecar is told to: all other containers, and the sidecars
 * that were started after it. By the names of sidecars.
 */
function waitsFor(
  pod: DesiredPod | undefined,
  running: readonly ContainerStatus[],
): ReadonlyMap<string, readonly string[]> {
  const idOf = new Map(running.map(({ name, id }) => [name, id]));
  const runningOf = (names: readonly string[]): string[] =>
    names.flatMap((name) => idOf.get(name) ?? []);
  const before = runningOf((pod?.spec.containers ?? []).map(({ name }) => name));
  const found = new Map<string, readonly string[]>();
  for (const sidecar of (pod?.spec.initContainers ?? []).filter(isSidecar).reverse()) {
    found.set(sidecar.name, [...before]);
    before.push(...runningOf([sidecar.name]));
  }
  return found;
}
