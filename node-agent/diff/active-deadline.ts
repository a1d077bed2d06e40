import type { DesiredPod } from './pod.ts';

/** What the status of a pod says that was active for too long; after pkg/kubelet (active_deadline). */
export const DEADLINE_EXCEEDED = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

/** When a pod that was taken up at `startTime` has to be over; undefined: it need not. */
export function activeDeadlineMs(
  pod: DesiredPod,
  startTime: string | undefined,
): number | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  const startedAtMs = Date.parse(startTime ?? '');
  if (seconds === undefined || Number.isNaN(startedAtMs)) return undefined;
  return startedAtMs + seconds * 1000;
}

export function isPastDeadline(
  pod: DesiredPod,
  startTime: string | undefined,
  now: number,
): boolean {
  const deadlineMs = activeDeadlineMs(pod, startTime);
  return deadlineMs !== undefined && deadlineMs <= now;
}
