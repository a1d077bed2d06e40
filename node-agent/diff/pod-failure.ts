import type { PodStatus } from './pod.ts';

/** Why the agent itself ends a pod, beside what its containers do. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
  /** Its containers get so much time, whatever the pod says. */
  readonly graceSeconds: number;
  /** Told to who counts disruptions: the node made the pod end. */
  readonly disrupted: boolean;
  /** Its containers are removed when they have stopped: what they have written takes room. */
  readonly freesDisk: boolean;
}

/** Time to end, for a pod that takes what is not there. */
const EVICTION_GRACE_SECONDS = 1;

export const evictionFailure = (message: string, freesDisk: boolean): PodFailure => ({
  reason: 'Evicted',
  message,
  graceSeconds: EVICTION_GRACE_SECONDS,
  disrupted: true,
  freesDisk,
});

/** What the status of a pod that was not taken begins with, and its event does not. */
export const REJECTED = 'Pod was rejected: ';

/** A pod that the node does not take. */
export const rejection = (reason: string, message: string): PodFailure => ({
  reason,
  message: `${REJECTED}${message}`,
  graceSeconds: 0,
  disrupted: false,
  freesDisk: false,
});

const SHUTDOWN_REASON = 'Terminated';

/** A pod that ends because its machine goes down. */
export const shutdownFailure = (graceSeconds: number): PodFailure => ({
  reason: SHUTDOWN_REASON,
  message: 'Pod was terminated in response to imminent node shutdown.',
  graceSeconds,
  disrupted: true,
  freesDisk: false,
});

/** Whether a pod has ended because its machine went down. */
export const endedByShutdown = (status: PodStatus | undefined): boolean =>
  status?.phase === 'Failed' && status.reason === SHUTDOWN_REASON;
