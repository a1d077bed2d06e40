import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PolicyRule } from '../rbac/policy-rule.ts';
import { clusterRole, EVENTS, READ, rule } from './builders.ts';

/**
 * What any node may do. Nobody is bound to `system:node`: the node authorizer goes by these rules,
 * and for what nodes share it looks at which node is concerned.
 */
export const NODE_RULES: readonly PolicyRule[] = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  rule(READ, 'core', 'services'),
  rule(`${READ} create`, 'core', 'nodes'),
  rule('patch update', 'core', 'nodes/status'),
  rule('patch update', 'core', 'nodes'),
  rule('create patch update', 'core', 'events'),
  rule(READ, 'core', 'pods'),
  rule('create delete', 'core', 'pods'),
  rule('patch update', 'core', 'pods/status'),
  rule('create', 'core', 'pods/eviction'),
  rule(READ, 'core', 'configmaps secrets'),
  rule('get', 'core', 'persistentvolumeclaims persistentvolumes'),
  rule('get', 'core', 'endpoints'),
  rule(`${READ} create`, 'certificates.k8s.io', 'certificatesigningrequests'),
  rule('create delete get patch update', 'coordination.k8s.io', 'leases'),
  rule('get', 'storage.k8s.io', 'volumeattachments'),
  rule('create', 'core', 'serviceaccounts/token'),
  rule('get patch update', 'core', 'persistentvolumeclaims/status'),
  rule(READ, 'storage.k8s.io', 'csidrivers'),
  rule('create delete get patch update', 'storage.k8s.io', 'csinodes'),
  rule(READ, 'node.k8s.io', 'runtimeclasses'),
  rule('get', 'resource.k8s.io', 'resourceclaims'),
  rule('deletecollection', 'resource.k8s.io', 'resourceslices'),
  rule('get', 'core', 'serviceaccounts'),
];

const CERTIFICATES = 'certificates.k8s.io';

/** May say yes to requests to a signer of Kubernetes' own. */
const approver = (signer: string): KubernetesObject =>
  clusterRole(`system:${CERTIFICATES}:${signer}-approver`, [
    rule('approve', CERTIFICATES, 'signers', `kubernetes.io/${signer}`),
  ]);

const requester = (kind: string): KubernetesObject =>
  clusterRole(`system:${CERTIFICATES}:certificatesigningrequests:${kind}`, [
    rule('create', CERTIFICATES, `certificatesigningrequests/${kind}`),
  ]);

/** The roles of nodes, of what runs on them, and of who lets them in. */
export const NODE_ROLES: readonly KubernetesObject[] = [
  requester('nodeclient'),
  requester('selfnodeclient'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
  approver('kubelet-serving'),
  approver('legacy-unknown'),
  clusterRole('system:kubelet-api-admin', [
    rule(READ, 'core', 'nodes'),
    rule('proxy', 'core', 'nodes'),
    rule('*', 'core', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
    rule('*', 'core', 'nodes/configz nodes/healthz nodes/pods'),
  ]),
  clusterRole('system:node', NODE_RULES),
  clusterRole('system:node-bootstrapper', [
    rule(`${READ} create`, CERTIFICATES, 'certificatesigningrequests'),
  ]),
  clusterRole('system:node-problem-detector', [
    rule('get', 'core', 'nodes'),
    rule('patch', 'core', 'nodes/status'),
    EVENTS,
  ]),
  clusterRole('system:node-proxier', [
    rule('list watch', 'core', 'endpoints services'),
    rule(READ, 'core', 'nodes'),
    EVENTS,
    rule('list watch', 'networking.k8s.io', 'servicecidrs'),
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
  ]),
];
