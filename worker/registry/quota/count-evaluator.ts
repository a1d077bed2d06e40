import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { type Amounts, ONE } from './amounts.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

export const COUNT_PREFIX = 'count/';

/** Resources that quotas could count before there was a name for the count of any of them. */
export const OLD_COUNTS: ReadonlySet<GroupResource> = new Set([
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'secrets',
]);

/** Objects of any resource, which are only counted (k8s.io/apiserver pkg/quota/v1/generic). */
export function newCountEvaluator(resource: GroupResource): QuotaEvaluator {
  const limits = [`${COUNT_PREFIX}${resource}`, ...(OLD_COUNTS.has(resource) ? [resource] : [])];
  const usage: Amounts = new Map(limits.map((limit) => [limit, ONE]));
  return {
    resource,
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    counts: (limit) => limits.includes(limit),
    hasScopes: false,
    inScope: () => false,
    usage: () => usage,
  };
}
