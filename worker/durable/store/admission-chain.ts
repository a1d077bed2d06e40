import { newDynamicPlugins } from '../../registry/admission/dynamic-plugins.ts';
import { policyParamAccess } from '../../registry/admission/plugins/policy-param-access.ts';
import { newInTreePlugins } from '../../registry/admission/in-tree.ts';
import { newRBACEscalation } from '../../registry/authz/rbac/escalation.ts';
import type { RuleResolver } from '../../registry/authz/rbac/rule-resolver.ts';
import type { QuotaLedger } from '../../registry/quota/ledger.ts';
import type { AdmissionChain } from './admission.ts';

export interface AdmissionChainDeps {
  readonly ledger: QuotaLedger;
  /** What the rules of the store give somebody. */
  readonly granted: RuleResolver;
}

/** The plugins of one store, in upstream's order. They keep what they compile. */
export function newAdmissionChain({ ledger, granted }: AdmissionChainDeps): AdmissionChain {
  const inTree = newInTreePlugins({ ledgerOf: () => ledger });
  const plugins = [...inTree.beforeWebhooks, ...newDynamicPlugins(), ...inTree.afterWebhooks];
  // Upstream has these where it stores the objects, behind all plugins.
  const atStorage = [newRBACEscalation(() => granted), policyParamAccess];
  return { mutating: plugins, validating: [...plugins, ...atStorage] };
}
