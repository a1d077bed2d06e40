import type { ContainerStatus, PodSandboxStatus } from '../runtime/container-runtime.ts';

/** What the engine has of one pod. */
export interface ObservedPod {
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedContainer extends ContainerStatus {
  /** It was stopped in order to run anew, and does so however it has ended. */
  readonly isOwedRestart?: true;
}

export const EMPTY_OBSERVED: ObservedPod = { sandboxes: [], containers: [] };

const newestFirst = (
  a: { attempt: number; createdAtMs: number },
  b: { attempt: number; createdAtMs: number },
): number => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs;

/** Lives of one container of the pod, the latest first. */
export function livesOf(observed: ObservedPod, name: string): ObservedContainer[] {
  return observed.containers.filter((status) => status.name === name).sort(newestFirst);
}

export function sandboxesNewestFirst(observed: ObservedPod): PodSandboxStatus[] {
  return [...observed.sandboxes].sort(newestFirst);
}

/** The sandbox that the pod lives in; undefined when it has none that is ready. */
export function currentSandbox(observed: ObservedPod): PodSandboxStatus | undefined {
  const newest = sandboxesNewestFirst(observed)[0];
  return newest?.state === 'ready' ? newest : undefined;
}

export const isRunning = (status: ContainerStatus): boolean => status.state.kind === 'running';

/** What there is without some of the containers. */
export function withoutContainers(observed: ObservedPod, ids: ReadonlySet<string>): ObservedPod {
  if (ids.size === 0) return observed;
  const containers = observed.containers.filter(({ id }) => !ids.has(id));
  return { sandboxes: observed.sandboxes, containers };
}

/** Marks the containers that were stopped in order to run anew. */
export function withRestartsOwed(observed: ObservedPod, ids: ReadonlySet<string>): ObservedPod {
  if (ids.size === 0) return observed;
  const containers = observed.containers.map((life) =>
    ids.has(life.id) ? { ...life, isOwedRestart: true as const } : life,
  );
  return { sandboxes: observed.sandboxes, containers };
}
