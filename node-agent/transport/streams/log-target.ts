import type { ObservedPod } from '../../diff/observed.ts';
import { livesOf } from '../../diff/observed.ts';
import { allContainers } from '../../diff/pod.ts';
import type { ContainerStatus } from '../../runtime/container-runtime.ts';
import type { KnownPod } from '../../sync/pod-sync.ts';

export type Target =
  | { readonly ok: true; readonly container: ContainerStatus }
  | { readonly ok: false; readonly code: number; readonly message: string };

const PULL_FAILURES = new Set(['ErrImagePull', 'ImagePullBackOff']);

/** The life of a container whose log is asked for, or why there is none, in kubelet's words. */
export function findLogTarget(
  known: KnownPod | undefined,
  observed: ObservedPod,
  request: { readonly name: string; readonly container: string; readonly previous: boolean },
): Target {
  const { name: pod, container, previous } = request;
  if (known === undefined) return refuse(404, `pod "${pod}" not found`);
  if (!hasContainer(known, container)) {
    return refuse(400, `container ${container} is not valid for pod ${pod}`);
  }
  const lives = livesOf(observed, container).filter((life) => life.state.kind !== 'created');
  const [last, beforeLast] = lives;
  if (previous) {
    const wanted = last?.state.kind === 'running' ? beforeLast : (beforeLast ?? last);
    if (wanted !== undefined) return { ok: true, container: wanted };
    return refuse(400, `previous terminated container "${container}" in pod "${pod}" not found`);
  }
  if (last !== undefined) return { ok: true, container: last };
  const reason = waitingReason(known, container);
  const why = PULL_FAILURES.has(reason) ? 'trying and failing to pull image' : reason;
  return refuse(400, `container "${container}" in pod "${pod}" is waiting to start: ${why}`);
}

/** The running life of a container, for exec and attach, or why there is none. */
export function findRunningTarget(
  known: KnownPod | undefined,
  observed: ObservedPod,
  request: { readonly name: string; readonly container: string },
): Target {
  const { name: pod, container } = request;
  if (known === undefined) return refuse(404, `pod "${pod}" not found`);
  if (!hasContainer(known, container)) {
    return refuse(400, `container ${container} is not valid for pod ${pod}`);
  }
  const running = livesOf(observed, container).find((life) => life.state.kind === 'running');
  if (running !== undefined) return { ok: true, container: running };
  return refuse(500, `container not found ("${container}")`);
}

const refuse = (code: number, message: string): Target => ({ ok: false, code, message });

function hasContainer({ pod }: KnownPod, name: string): boolean {
  return allContainers(pod).some((container) => container.name === name);
}

function waitingReason({ status }: KnownPod, name: string): string {
  const all = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const found = all.find((container) => container.name === name);
  return found?.state?.waiting?.reason ?? 'ContainerCreating';
}
