import { percentOf } from '../../../apimachinery/int-or-string.ts';
import type { IntOrString } from '../../../apimachinery/int-or-string.ts';
import type { Deployment } from '../kinds.ts';

const DEFAULT_LIMIT = '25%';

export interface RolloutLimits {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Replicas wanted; the API defaults it to 1. */
export function replicasOf(object: { spec: { replicas?: number } }): number {
  return object.spec.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== 'Recreate';
}

/**
 * How far a rolling update may stray from the wanted count, in pods. Percentages round up for surge
 * and down for unavailability; where both come out as 0 one pod may be unavailable, because the
 * rollout could not move otherwise. Recreate has no limits of this kind: both are 0.
 */
export function rolloutLimits(deployment: Deployment): RolloutLimits {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = replicasOf(deployment);
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = scaled(rolling?.maxSurge ?? DEFAULT_LIMIT, replicas, Math.ceil);
  const unavailable = scaled(rolling?.maxUnavailable ?? DEFAULT_LIMIT, replicas, Math.floor);
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

/** An int-or-percent of a total; what is neither counts as 0. */
function scaled(value: IntOrString, total: number, round: (x: number) => number): number {
  if (typeof value === 'number') return Math.max(0, value);
  const percent = percentOf(value);
  return percent === undefined ? 0 : round((percent * total) / 100);
}
