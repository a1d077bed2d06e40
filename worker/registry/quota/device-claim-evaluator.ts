import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { type Amounts, countOf, ONE, ZERO } from './amounts.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

const COUNT = 'count/resourceclaims.resource.k8s.io';
/** Behind a class: how many of its devices may be claimed. */
const OF_CLASS = '.deviceclass.resource.k8s.io/devices';
/** The most that a claim which wants all devices can be given (resource.k8s.io AllocationResultsMaxSize). */
const MOST_DEVICES = 32;

interface DeviceRequest {
  deviceClassName?: string;
  allocationMode?: string;
  count?: number;
}

interface ClaimFields {
  devices?: { requests?: { exactly?: DeviceRequest; firstAvailable?: DeviceRequest[] }[] };
}

/**
 * Claims of devices (pkg/quota/v1/evaluator/core/resource_claims.go). What a DeviceClass offers as an
 * extended resource counts with the pods that request it, by that name.
 */
export const DEVICE_CLAIM_EVALUATOR: QuotaEvaluator = {
  resource: 'resourceclaims.resource.k8s.io',
  handles: ({ operation, subresource }) =>
    subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  counts: (limit) => limit === COUNT || limit.endsWith(OF_CLASS),
  hasScopes: false,
  inScope: () => false,
  usage(claim: KubernetesObject): Amounts {
    const usage: Amounts = new Map([[COUNT, ONE]]);
    for (const { exactly, firstAvailable } of ((claim.spec ?? {}) as ClaimFields).devices
      ?.requests ?? []) {
      const alternatives = firstAvailable ?? (exactly === undefined ? [] : [exactly]);
      for (const [name, count] of mostOfEach(alternatives)) {
        usage.set(name, (usage.get(name) ?? ZERO).add(countOf(count)));
      }
    }
    return usage;
  },
};

/** Of each class the most that any of the alternatives takes: only one of them will be. */
function mostOfEach(alternatives: readonly DeviceRequest[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const { deviceClassName = '', allocationMode, count = 0 } of alternatives) {
    const name = `${deviceClassName}${OF_CLASS}`;
    const devices =
      allocationMode === 'ExactCount' ? count : allocationMode === 'All' ? MOST_DEVICES : 0;
    most.set(name, Math.max(most.get(name) ?? 0, devices));
  }
  return most;
}
