import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  type Amounts,
  amountsOf,
  formatAmounts,
  increase,
  maskAmounts,
  withoutZeros,
} from '../../quota/amounts.ts';
import { evaluatorOf } from '../../quota/evaluators.ts';
import type { QuotaLedger } from '../../quota/ledger.ts';
import { inAllScopes, type QuotaEvaluator } from '../../quota/quota-evaluator.ts';
import { quotaSpec, scopeSelectorsOf } from '../../quota/scope-selectors.ts';
import { refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';

/**
 * Upstream's ResourceQuota (k8s.io/apiserver pkg/admission/plugin/resourcequota): nothing is written
 * that would take a namespace beyond what its quotas allow. The ledger says what is used, not
 * `status.used`, which follows later; and limits are those of `spec`, from the moment they are set.
 */
export function newResourceQuotaPlugin(
  ledgerOf: (context: AdmissionContext) => QuotaLedger,
): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    handles: (attributes) => evaluatorFor(attributes) !== null,
    validate(attributes, context) {
      const quotas = context.list('resourcequotas');
      const evaluator = evaluatorFor(attributes);
      if (quotas.length === 0 || evaluator === null || attributes.object === null) return;
      checkQuotas(attributes, attributes.object, quotas, evaluator, context.now, ledgerOf(context));
    },
  };
}

function evaluatorFor(attributes: AdmissionAttributes): QuotaEvaluator | null {
  const { operation, info, namespace, object } = attributes;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return null;
  if (namespace === '' || !info.namespaced || info.isReview === true) return null;
  if (object === null) return null;
  const evaluator = evaluatorOf(info.storage);
  return evaluator?.handles({ ...attributes, object }) === true ? evaluator : null;
}

function checkQuotas(
  attributes: AdmissionAttributes,
  object: KubernetesObject,
  quotas: readonly KubernetesObject[],
  evaluator: QuotaEvaluator,
  now: number,
  ledger: QuotaLedger,
): void {
  const concerned = quotas
    .map((quota) => ({ quota, limits: limitsOn(evaluator, quota) }))
    .filter(({ quota, limits }) => limits.length > 0 && isIn(evaluator, quota, object))
    .sort((a, b) => (nameOf(a.quota) < nameOf(b.quota) ? -1 : 1));
  for (const { quota, limits } of concerned) {
    const missing = evaluator.missing?.(limits, object) ?? null;
    if (missing !== null) {
      throw refuse(attributes, `failed quota: ${nameOf(quota)}: ${missing}`);
    }
  }
  const usage = evaluator.usage(object, now);
  refuseNegative(attributes, usage);
  if (concerned.length === 0) return;
  const before = previous(attributes);
  const more =
    before === null ? withoutZeros(usage) : increase(usage, evaluator.usage(before, now));
  for (const { quota, limits } of concerned) {
    // What had not counted yet counts in full.
    const isNew = before === null || !isIn(evaluator, quota, before);
    const requested = maskAmounts(isNew ? withoutZeros(usage) : more, new Set(limits));
    if (requested.size === 0 || attributes.subresource === 'status') continue;
    refuseExcess(attributes, quota, requested, ledger.amountsOf(quota, now));
  }
}

const nameOf = (quota: KubernetesObject): string => quota.metadata.name ?? '';

const limitsOn = (evaluator: QuotaEvaluator, quota: KubernetesObject): string[] =>
  Object.keys(quotaSpec(quota).hard ?? {}).filter((limit) => evaluator.counts(limit));

const isIn = (
  evaluator: QuotaEvaluator,
  quota: KubernetesObject,
  object: KubernetesObject,
): boolean => inAllScopes(evaluator, scopeSelectorsOf(quota), object);

/** What was stored of the object; null where a write by an update makes it. */
function previous({ operation, oldObject }: AdmissionAttributes): KubernetesObject | null {
  return operation === 'UPDATE' && (oldObject?.metadata.resourceVersion ?? '') !== ''
    ? oldObject
    : null;
}

function refuseNegative(attributes: AdmissionAttributes, usage: Amounts): void {
  const negative = [...usage].filter(([, amount]) => amount.nano < 0n).map(([name]) => name);
  if (negative.length === 0) return;
  const names = negative.sort().join(',');
  throw refuse(attributes, `quota usage is negative for resource(s): ${names}`);
}

/** Refuses what is too much together with what is used, and names what there is too much of. */
function refuseExcess(
  attributes: AdmissionAttributes,
  quota: KubernetesObject,
  requested: Amounts,
  used: Amounts,
): void {
  const hard = amountsOf(quotaSpec(quota).hard);
  const exceeded = new Set(
    [...requested]
      .filter(([name, amount]) => {
        const limit = hard.get(name);
        const total = used.get(name)?.add(amount) ?? amount;
        return limit !== undefined && total.compare(limit) > 0;
      })
      .map(([name]) => name),
  );
  if (exceeded.size === 0) return;
  const [asks, has, may] = [requested, used, hard].map((list) =>
    formatAmounts(maskAmounts(list, exceeded)),
  );
  throw refuse(
    attributes,
    `exceeded quota: ${nameOf(quota)}, requested: ${asks}, used: ${has}, limited: ${may}`,
  );
}
