import { limitRanger } from '../../registry/admission/plugins/limit-ranger.ts';
import { priority } from '../../registry/admission/plugins/priority.ts';
import { newResourceQuotaPlugin } from '../../registry/admission/plugins/resource-quota.ts';
import { runtimeClass } from '../../registry/admission/plugins/runtime-class.ts';
import { newServiceAccountPlugin } from '../../registry/admission/plugins/service-account.ts';
import { newWebhookPlugins } from '../../registry/admission/webhooks/plugins.ts';
import type { QuotaLedger } from '../../registry/quota/ledger.ts';
import type { AdmissionChain } from './admission.ts';

export interface AdmissionChainDeps {
  readonly ledger: QuotaLedger;
}

/** The plugins that upstream has on by default, in its order. */
export function newAdmissionChain({ ledger }: AdmissionChainDeps): AdmissionChain {
  const plugins = [
    limitRanger,
    newServiceAccountPlugin({ injectTokens: false }),
    priority,
    runtimeClass,
    ...newWebhookPlugins(),
    newResourceQuotaPlugin(() => ledger),
  ];
  return { mutating: plugins, validating: plugins };
}
