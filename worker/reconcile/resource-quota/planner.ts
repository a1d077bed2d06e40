import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { evaluatorOf } from '../../registry/quota/evaluators.ts';
import { formatAmounts } from '../../registry/quota/amounts.ts';
import { hasDeadline } from '../../registry/quota/pod-scopes.ts';
import { quotaSpec } from '../../registry/quota/scope-selectors.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { type ObservedQuotas, planQuotas } from './plan.ts';

const QUOTAS = 'resourcequotas';
/** Stands for every quota of the namespace. No object has such a name. */
const ALL = '*';
/**
 * A burst of creations changes the status of every quota once, not once per object. Admission does
 * not wait for it: it goes by the ledger. Milliseconds.
 */
const USAGE_DELAY_MS = 100;
/** Resources whose objects can come to use something else without a new object. */
const CHANGING = new Set([
  'pods',
  'services',
  'persistentvolumeclaims',
  'resourceclaims.resource.k8s.io',
]);

export const resourceQuotaPlanner = {
  name: 'resourcequota-controller',
  keysFor,
  delayMs: (key) => (key === ALL ? USAGE_DELAY_MS : 0),
  observe,
  plan: planQuotas,
} satisfies Planner<ObservedQuotas>;

function keysFor(change: Change, reader: Reader): readonly string[] {
  if (reader.namespace === '' || reader.quotaUsage === undefined) return [];
  const { resource, name, before, after } = change;
  if (resource === QUOTAS && before !== null && after !== null) {
    return deepEqual(quotaSpec(before), quotaSpec(after)) ? [] : [name];
  }
  return usesOther(change) && reader.list(QUOTAS).length > 0 ? [ALL] : [];
}

/** Whether the change is one of what the object uses, or of how it is told from others. */
function usesOther({ resource, before, after }: Change): boolean {
  if (before === null || after === null) return true;
  if (!CHANGING.has(resource)) return false;
  if (resource === 'persistentvolumeclaims') {
    return !deepEqual(before.spec, after.spec) || !deepEqual(before.status, after.status);
  }
  if (resource === 'pods') {
    if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
    if (hasDeadline(before) !== hasDeadline(after)) return true;
  }
  const usage = (object: KubernetesObject): string =>
    formatAmounts(evaluatorOf(resource)?.usage(object, 0) ?? new Map());
  return usage(before) !== usage(after);
}

function observe(reader: Reader, key: string): ObservedQuotas | null {
  const { quotaUsage } = reader;
  if (quotaUsage === undefined) return null;
  const quota = key === ALL ? null : reader.get(QUOTAS, key);
  if (key !== ALL && quota === null) return null;
  const quotas = quota === null ? reader.list(QUOTAS) : [quota];
  return { quotas: quotas.map((one) => ({ quota: one, usage: quotaUsage(one) })) };
}
