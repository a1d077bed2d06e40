import type { Pod } from '../kinds.ts';

/** Milliseconds since the epoch at which the pod last became ready, or null while it is not ready. */
export function readySince(pod: Pod): number | null {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return null;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : since;
}

export function isPodReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

const readyCondition = (pod: Pod) =>
  pod.status?.conditions?.find((condition) => condition.type === 'Ready');

/**
 * Milliseconds until the pod will have been ready for `minReadySeconds`: 0 when it is available,
 * null while it is not ready at all.
 */
export function msUntilAvailable(pod: Pod, minReadySeconds: number, now: number): number | null {
  if (!isPodReady(pod)) return null;
  if (minReadySeconds <= 0) return 0;
  return Math.max(0, (readySince(pod) ?? 0) + minReadySeconds * 1000 - now);
}
