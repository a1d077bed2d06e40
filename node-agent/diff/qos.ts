import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { DesiredPod } from './pod.ts';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COMPUTE_RESOURCES = ['cpu', 'memory'] as const;

function isPositive(quantity: string | undefined): quantity is string {
  return quantity !== undefined && !parseQuantity(quantity).isZero();
}

/** Guaranteed: every container's cpu and memory limits equal its requests; BestEffort: neither. */
export function computeQOSClass(pod: DesiredPod): QOSClass {
  const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  let anySet = false;
  let allEqual = true;
  for (const { resources } of containers) {
    for (const resource of COMPUTE_RESOURCES) {
      const limit = resources?.limits?.[resource];
      const request = resources?.requests?.[resource] ?? limit;
      if (isPositive(limit) || isPositive(request)) anySet = true;
      if (!isPositive(limit) || !isPositive(request)) allEqual = false;
      else if (parseQuantity(limit).compare(parseQuantity(request)) !== 0) allEqual = false;
    }
  }
  if (!anySet) return 'BestEffort';
  return allEqual ? 'Guaranteed' : 'Burstable';
}
