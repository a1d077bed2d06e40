import { addAmounts, type Amounts, amountsOf } from './aggregate-requests.ts';
import type { PodFields, ResourceFields } from './fields.ts';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'];

/** CPU and memory of a list, as far as they are more than nothing. */
function counted(list: ResourceFields['limits']): Amounts {
  const amounts = amountsOf(list);
  for (const [name, amount] of amounts) {
    if (!COUNTED.includes(name) || amount.nano <= 0n) amounts.delete(name);
  }
  return amounts;
}

/**
 * `status.qosClass`: Guaranteed where everything limits CPU and memory to what it requests. A pod
 * that asks for resources as a whole is judged by that, else by its containers.
 */
export function computeQOSClass(spec: PodFields): QOSClass {
  const sources =
    spec.resources === undefined
      ? [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((c) => c.resources)
      : [spec.resources];
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  let isGuaranteed = true;
  for (const resources of sources) {
    addAmounts(requests, counted(resources?.requests));
    const limited = counted(resources?.limits);
    addAmounts(limits, limited);
    if (!COUNTED.every((name) => limited.has(name))) isGuaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  for (const [name, request] of requests) {
    if (limits.get(name)?.compare(request) !== 0) isGuaranteed = false;
  }
  return isGuaranteed && requests.size === limits.size ? 'Guaranteed' : 'Burstable';
}
