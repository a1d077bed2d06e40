import { groupResource } from '../../../../apimachinery/object-key.ts';
import type { AdmissionAttributes } from '../plugin.ts';

const ADMISSION_GROUP = 'admissionregistration.k8s.io';

/** What decides about requests: if it could decide about itself, nobody could repair it. */
const ADMISSION_KINDS: ReadonlySet<string> = new Set([
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/**
 * What policies by expression never see: themselves, and questions about who somebody is and what
 * they may do (pkg/kubeapiserver/admission/exclusion).
 */
const EXCLUDED_RESOURCES: ReadonlySet<string> = new Set([
  `mutatingadmissionpolicies.${ADMISSION_GROUP}`,
  `mutatingadmissionpolicybindings.${ADMISSION_GROUP}`,
  `validatingadmissionpolicies.${ADMISSION_GROUP}`,
  `validatingadmissionpolicybindings.${ADMISSION_GROUP}`,
  'selfsubjectreviews.authentication.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
]);

/** Whether webhooks are not asked about a request. */
export const isExemptFromWebhooks = ({ requested }: AdmissionAttributes): boolean =>
  requested.group === ADMISSION_GROUP && ADMISSION_KINDS.has(requested.kind);

/** Whether admission policies do not apply to a request. */
export const isExemptFromPolicies = ({ requested }: AdmissionAttributes): boolean =>
  EXCLUDED_RESOURCES.has(groupResource(requested.group, requested.resource));
