import type { ContainerStatus } from '../runtime/container-runtime.ts';
import type { ObservedPod } from './observed.ts';
import { livesOf } from './observed.ts';
import type { DesiredPod } from './pod.ts';
import { restartRuleFor } from './restart-policy.ts';

/**
 * When a container last ended in a way that all containers of its pod are to start anew for
 * (KEP-5532). What was there by then is over, whatever becomes of the container that said so.
 *
 * @param before what this answered the last time
 */
export function restartAllAtMs(
  pod: DesiredPod,
  observed: ObservedPod,
  before: number | undefined,
): number | undefined {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return containers.reduce((latest, container) => {
    const [last] = livesOf(observed, container.name);
    if (last?.state.kind !== 'exited' || isOver(last, before)) return latest;
    const { exitCode, finishedAtMs } = last.state;
    const rule = restartRuleFor(container, exitCode);
    if (rule?.action !== 'RestartAllContainers') return latest;
    return Math.max(latest ?? 0, finishedAtMs);
  }, before);
}

/** Whether a life was there when all containers were told to start anew. */
export function isOver(life: ContainerStatus, restartedAtMs: number | undefined): boolean {
  return restartedAtMs !== undefined && life.createdAtMs <= restartedAtMs;
}
