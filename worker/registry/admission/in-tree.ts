import type { QuotaLedger } from '../quota/ledger.ts';
import type { AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { certificateApproval, certificateSigning } from './plugins/certificate-approval.ts';
import { certificateSubjectRestriction } from './plugins/certificate-subject-restriction.ts';
import { defaultIngressClass } from './plugins/default-ingress-class.ts';
import { defaultStorageClass } from './plugins/default-storage-class.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { limitRanger } from './plugins/limit-ranger.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { nodeRestriction } from './plugins/node-restriction.ts';
import { podSecurity } from './plugins/pod-security.ts';
import { podTopologyLabels } from './plugins/pod-topology-labels.ts';
import { priority } from './plugins/priority.ts';
import { newResourceQuotaPlugin } from './plugins/resource-quota.ts';
import { runtimeClass } from './plugins/runtime-class.ts';
import { serviceAccount } from './plugins/service-account.ts';
import { taintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';
import { volumeClaimResize } from './plugins/volume-claim-resize.ts';

export interface InTreeOptions {
  /** The ledger of the store that the request is in. */
  readonly ledgerOf: (context: AdmissionContext) => QuotaLedger;
}

export interface InTreePlugins {
  readonly beforeWebhooks: readonly AdmissionPlugin[];
  readonly afterWebhooks: readonly AdmissionPlugin[];
}

/**
 * The plugins that every cluster has, in upstream's order (pkg/kubeapiserver/options/plugins.go):
 * policies and webhooks go between the two lists, so that they see what defaults make of an object,
 * and quota counts what they make of it.
 *
 * StorageObjectInUseProtection is not among them: strategies set the finalizers.
 */
export function newInTreePlugins({ ledgerOf }: InTreeOptions): InTreePlugins {
  return {
    beforeWebhooks: [
      namespaceLifecycle,
      limitRanger,
      serviceAccount,
      nodeRestriction,
      taintNodesByCondition,
      podSecurity,
      priority,
      defaultTolerationSeconds,
      defaultStorageClass,
      volumeClaimResize,
      runtimeClass,
      certificateApproval,
      certificateSigning,
      certificateSubjectRestriction,
      defaultIngressClass,
      podTopologyLabels,
    ],
    afterWebhooks: [newResourceQuotaPlugin(ledgerOf)],
  };
}
