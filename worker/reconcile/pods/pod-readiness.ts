import type { Pod } from '../kinds.ts';

/** Milliseconds since the epoch at which the pod last became ready, or null while it is not ready. */
export function readySince(pod: Pod): number | null {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True') return null;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : since;
}

export function isPodReady(pod: Pod): boolean {
  return readySince(pod) !== null;
}

/**
 * Milliseconds until the pod will have been ready for `minReadySeconds`: 0 when it is available,
 * null while it is not ready at all.
 */
export function msUntilAvailable(pod: Pod, minReadySeconds: number, now: number): number | null {
  const since = readySince(pod);
  if (since === null) return null;
  if (minReadySeconds <= 0) return 0;
  return Math.max(0, since + minReadySeconds * 1000 - now);
}
