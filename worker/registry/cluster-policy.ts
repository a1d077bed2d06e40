import type { GroupResource } from '../../apimachinery/object-key.ts';

/**
 * The cluster-scoped kinds that decide about requests in namespaces. Every active namespace's
 * store has a copy of their objects, so that no request needs a second hop.
 */
export const POLICY_RESOURCES: readonly GroupResource[] = [
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'runtimeclasses.node.k8s.io',
  'storageclasses.storage.k8s.io',
  'ingressclasses.networking.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
];

const POLICY = new Set(POLICY_RESOURCES);

export const isPolicyResource = (resource: GroupResource): boolean => POLICY.has(resource);
