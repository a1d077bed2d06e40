import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { parseQuantity } from '../../../../apimachinery/quantity.ts';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'];

/** A positive amount's canonical text, or undefined for none, zero, or what is no quantity. */
function positive(amount: string | undefined): bigint | undefined {
  if (amount === undefined) return undefined;
  try {
    const { nano } = parseQuantity(String(amount));
    return nano > 0n ? nano : undefined;
  } catch {
    // Validation reports it; for the class it is as good as absent.
    return undefined;
  }
}

/** `status.qosClass`: Guaranteed when every container limits CPU and memory to what it requests. */
export function computeQOSClass(spec: PodSpec): QOSClass {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let any = false;
  let guaranteed = containers.length > 0;
  for (const { resources } of containers) {
    for (const name of COUNTED) {
      const request = positive(resources?.requests?.[name]);
      const limit = positive(resources?.limits?.[name]);
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || request !== limit) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
