import type { DaemonSetStatus } from '../kinds.ts';
import { omitZeros } from '../omit-zeros.ts';
import { msUntilAvailable } from '../pods/pod-readiness.ts';
import { isUpdated } from './manage.ts';
import type { DaemonContext } from './manage.ts';

export interface ComputedStatus {
  readonly status: DaemonSetStatus;
  /** Milliseconds until the next ready pod becomes available; null when none is waiting. */
  readonly nextAvailableMs: number | null;
}

/** Counts nodes, each by the pod that counts there. Whatever else the status says is kept. */
export function computeStatus(context: DaemonContext): ComputedStatus {
  const { set, places, placement, byNode, hash, now } = context;
  const counts = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  };
  let updatedNumberScheduled = 0;
  let numberAvailable = 0;
  let nextAvailableMs: number | null = null;
  for (const place of places) {
    const [pod] = byNode.get(place.metadata.name) ?? [];
    if (!placement(place).shouldRun) {
      if (pod !== undefined) counts.numberMisscheduled++;
      continue;
    }
    counts.desiredNumberScheduled++;
    if (pod === undefined) continue;
    counts.currentNumberScheduled++;
    if (isUpdated(pod, hash)) updatedNumberScheduled++;
    const waitMs = msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now);
    if (waitMs === null) continue;
    counts.numberReady++;
    if (waitMs === 0) numberAvailable++;
    else nextAvailableMs = Math.min(nextAvailableMs ?? Infinity, waitMs);
  }
  const {
    observedGeneration: _generation,
    updatedNumberScheduled: _updated,
    numberAvailable: _available,
    numberUnavailable: _unavailable,
    ...kept
  }: DaemonSetStatus = set.status ?? counts;
  const status: DaemonSetStatus = {
    ...kept,
    ...counts,
    ...omitZeros({
      observedGeneration: set.metadata.generation ?? 0,
      updatedNumberScheduled,
      numberAvailable,
      numberUnavailable: counts.desiredNumberScheduled - numberAvailable,
    }),
  };
  return { status, nextAvailableMs };
}
