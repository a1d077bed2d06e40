import { findCondition } from '../../../apimachinery/conditions.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Pod } from '../kinds.ts';
import { CPU_INITIALIZATION_MS, INITIAL_READINESS_MS } from './autoscaler-facts.ts';

/** One pod's value of a metric. */
export interface PodMetric {
  /** In thousandths. */
  readonly value: number;
  readonly timestampMs: number;
  readonly windowMs: number;
}

/** By pod name. */
export type PodMetrics = ReadonlyMap<string, PodMetric>;

export interface PodGroups {
  readonly readyCount: number;
  /** Not looked at, and taken for idle when others call for more. */
  readonly unready: readonly string[];
  /** Of which nothing is known. */
  readonly missing: readonly string[];
  /** On their way out: neither they nor their metrics count. */
  readonly ignored: readonly string[];
}

/** Sorts pods by what their metrics are worth (replica_calculator.go groupPods). */
export function groupPods(
  pods: readonly Pod[],
  metrics: PodMetrics,
  resource: string,
  now: number,
): PodGroups {
  let readyCount = 0;
  const unready: string[] = [];
  const missing: string[] = [];
  const ignored: string[] = [];
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const phase = pod.status?.phase;
    const metric = metrics.get(name);
    if (deletionTimestamp !== undefined || phase === 'Failed') ignored.push(name);
    else if (phase === 'Pending') unready.push(name);
    else if (metric === undefined) missing.push(name);
    else if (resource === 'cpu' && isUnready(pod, metric, now)) unready.push(name);
    else readyCount++;
  }
  return { readyCount, unready, missing, ignored };
}

/** Pods are busy while they start, which says nothing about the load. */
function isUnready({ status }: Pod, metric: PodMetric, now: number): boolean {
  const ready = findCondition(status?.conditions as Condition[] | undefined, 'Ready');
  const startedAt = Date.parse(status?.startTime ?? '');
  if (ready === undefined || Number.isNaN(startedAt)) return true;
  const changedAt = Date.parse(ready.lastTransitionTime ?? '') || 0;
  if (startedAt + CPU_INITIALIZATION_MS > now) {
    // A whole window must have passed since it last became ready.
    return ready.status === 'False' || metric.timestampMs < changedAt + metric.windowMs;
  }
  return ready.status === 'False' && startedAt + INITIAL_READINESS_MS > changedAt;
}

/** The metrics of all other pods. */
export function withoutPods(
  metrics: PodMetrics,
  ...groups: readonly (readonly string[])[]
): Map<string, number> {
  const gone = new Set(groups.flat());
  return new Map(
    [...metrics].filter(([name]) => !gone.has(name)).map(([name, { value }]) => [name, value]),
  );
}
