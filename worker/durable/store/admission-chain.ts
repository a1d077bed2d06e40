import { limitRanger } from '../../registry/admission/plugins/limit-ranger.ts';
import { podSecurity } from '../../registry/admission/plugins/pod-security.ts';
import { priority } from '../../registry/admission/plugins/priority.ts';
import { newResourceQuotaPlugin } from '../../registry/admission/plugins/resource-quota.ts';
import { runtimeClass } from '../../registry/admission/plugins/runtime-class.ts';
import { newServiceAccountPlugin } from '../../registry/admission/plugins/service-account.ts';
import { newWebhookPlugins } from '../../registry/admission/webhooks/plugins.ts';
import { newRBACEscalation } from '../../registry/authz/rbac/escalation.ts';
import type { RuleResolver } from '../../registry/authz/rbac/rule-resolver.ts';
import type { QuotaLedger } from '../../registry/quota/ledger.ts';
import type { AdmissionChain } from './admission.ts';

export interface AdmissionChainDeps {
  readonly ledger: QuotaLedger;
  /** What the rules of the store give somebody. */
  readonly granted: RuleResolver;
}

/** The plugins that upstream has on by default, in its order. */
export function newAdmissionChain({ ledger, granted }: AdmissionChainDeps): AdmissionChain {
  const plugins = [
    limitRanger,
    newServiceAccountPlugin({ injectTokens: false }),
    podSecurity,
    priority,
    runtimeClass,
    ...newWebhookPlugins(),
    newResourceQuotaPlugin(() => ledger),
  ];
  // Upstream checks escalation where it stores roles, behind all plugins.
  return { mutating: plugins, validating: [...plugins, newRBACEscalation(() => granted)] };
}
