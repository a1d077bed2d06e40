import type { Pod } from '../kinds.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { replicasUp } from './autoscaler-facts.ts';
import { groupPods, withoutPods } from './pod-groups.ts';
import type { PodMetrics } from './pod-groups.ts';
import { podRequests } from './pod-requests.ts';
import type { IsWithinTolerance } from './tolerance.ts';

/**
 * How many replicas a metric calls for (replica_calculator.go). Texts are errors, in upstream's words.
 * Amounts are in thousandths.
 */
export interface CountInput {
  readonly pods: readonly Pod[];
  readonly currentReplicas: number;
  readonly isWithin: IsWithinTolerance;
  readonly now: number;
}

export interface ReplicaCount {
  readonly replicas: number;
  /** The average per pod, or the value. */
  readonly usage: number;
  /** Percent of what was requested. */
  readonly utilization?: number;
}

interface Ratio {
  readonly ratio: number;
  readonly usage: number;
  readonly utilization?: number;
}

const NO_PODS = 'no pods returned by selector while calculating replica count';
const NO_METRICS = 'did not receive metrics for targeted pods (pods might be unready)';

/** For a target that is a share of what the pods request. */
export function countByUtilization(
  input: CountInput,
  metrics: PodMetrics,
  target: { readonly resource: string; readonly container: string; readonly percent: number },
): ReplicaCount | string {
  const { resource, container, percent } = target;
  if (input.pods.length === 0) return NO_PODS;
  const groups = groupPods(input.pods, metrics, resource, input.now);
  const values = withoutPods(metrics, groups.ignored, groups.unready);
  if (values.size === 0) return NO_METRICS;
  const requests = podRequests(input.pods, resource, container);
  if (typeof requests === 'string') return requests;
  // Pods that nothing is known of are taken for fully used where that speaks against fewer of them.
  const full = (name: string): number =>
    Math.trunc(((requests.get(name) ?? 0) * Math.max(100, percent)) / 100);
  return count(input, groups, values, full, (all) => utilizationRatio(all, requests, percent));
}

/** For a target that is an amount per pod. */
export function countByAverage(
  input: CountInput,
  metrics: PodMetrics,
  target: { readonly resource: string; readonly usage: number },
): ReplicaCount | string {
  if (input.pods.length === 0) return NO_PODS;
  const groups = groupPods(input.pods, metrics, target.resource, input.now);
  const values = withoutPods(metrics, groups.ignored, groups.unready);
  if (values.size === 0) return NO_METRICS;
  return count(
    input,
    groups,
    values,
    () => target.usage,
    (all) => {
      const usage = Math.trunc(sum(all.values()) / all.size);
      return { ratio: usage / target.usage, usage };
    },
  );
}

/** For one value that all pods stand for together. */
export function countByValue(
  { pods, currentReplicas, isWithin }: CountInput,
  usage: number,
  target: number,
): ReplicaCount | string {
  const ratio = usage / target;
  // From nothing there is no number of ready pods to multiply.
  if (currentReplicas === 0) return { replicas: replicasUp(ratio), usage };
  if (isWithin(ratio)) return { replicas: currentReplicas, usage };
  if (pods.length === 0) return `unable to calculate ready pods: ${NO_PODS}`;
  const ready = pods.filter((pod) => pod.status?.phase === 'Running' && isPodReady(pod)).length;
  return { replicas: replicasUp(ratio * ready), usage };
}

/** For one value that is to be divided among the pods that there are. */
export function countByShare(
  statusReplicas: number,
  isWithin: IsWithinTolerance,
  usage: number,
  targetPerPod: number,
): ReplicaCount {
  const ratio = usage / (targetPerPod * statusReplicas);
  return {
    replicas: isWithin(ratio) ? statusReplicas : replicasUp(usage / targetPerPod),
    usage: statusReplicas === 0 ? 0 : Math.ceil(usage / statusReplicas),
  };
}

function count(
  { currentReplicas, isWithin }: CountInput,
  { readyCount, unready, missing }: ReturnType<typeof groupPods>,
  values: Map<string, number>,
  full: (name: string) => number,
  ratioOf: (values: ReadonlyMap<string, number>) => Ratio | string,
): ReplicaCount | string {
  const first = ratioOf(values);
  if (typeof first === 'string') return first;
  const { ratio, ...amounts } = first;
  const countsUnready = unready.length > 0 && ratio > 1;
  if (!countsUnready && missing.length === 0) {
    return {
      replicas: isWithin(ratio) ? currentReplicas : replicasUp(ratio * readyCount),
      ...amounts,
    };
  }
  // What is not known must not move the number further than what is known would.
  if (ratio !== 1) for (const name of missing) values.set(name, ratio < 1 ? full(name) : 0);
  if (countsUnready) for (const name of unready) values.set(name, 0);
  const second = ratioOf(values);
  if (typeof second === 'string') return second;
  const turnsAround = (ratio < 1 && second.ratio > 1) || (ratio > 1 && second.ratio < 1);
  if (isWithin(second.ratio) || turnsAround) return { replicas: currentReplicas, ...amounts };
  const replicas = replicasUp(second.ratio * values.size);
  const isBackwards =
    (second.ratio < 1 && replicas > currentReplicas) ||
    (second.ratio > 1 && replicas < currentReplicas);
  return { replicas: isBackwards ? currentReplicas : replicas, ...amounts };
}

/** Metrics of pods without requests here are not counted. */
function utilizationRatio(
  values: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
  percent: number,
): Ratio | string {
  const counted = [...values].filter(([name]) => requests.has(name));
  const used = sum(counted.map(([, value]) => value));
  const requested = sum(counted.map(([name]) => requests.get(name) ?? 0));
  if (requested === 0) return 'no metrics returned matched known pods';
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / percent, utilization, usage: Math.trunc(used / values.size) };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
