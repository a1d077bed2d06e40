import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { clusterRole, EVENTS, paths, READ, READ_WRITE, rule } from './builders.ts';

const READ_UPDATE = `${READ} patch update`;

const ASK_WHO = rule('create', 'authentication.k8s.io', 'tokenreviews');
const ASK_WHETHER = rule('create', 'authorization.k8s.io', 'subjectaccessreviews');

const KUBE_CONTROLLER_MANAGER = [
  EVENTS,
  rule('create', 'coordination.k8s.io', 'leases'),
  rule('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
  rule('create', 'core', 'secrets serviceaccounts'),
  rule('delete', 'core', 'secrets'),
  rule('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
  rule('update', 'core', 'secrets serviceaccounts'),
  ASK_WHO,
  ASK_WHETHER,
  // Its informers, and the garbage collector's.
  rule('list watch', '*', '*'),
  rule('create', 'core', 'serviceaccounts/token'),
];

const KUBE_SCHEDULER = [
  EVENTS,
  rule('create', 'coordination.k8s.io', 'leases'),
  rule(`${READ} update`, 'coordination.k8s.io', 'leases', 'kube-scheduler'),
  rule(READ_WRITE, 'coordination.k8s.io', 'leasecandidates'),
  rule(READ, 'core', 'nodes'),
  rule(`${READ} delete`, 'core', 'pods'),
  rule('create', 'core', 'bindings pods/binding'),
  rule('patch update', 'core', 'pods/status'),
  rule(READ, 'core', 'replicationcontrollers services'),
  rule(READ, 'apps extensions', 'replicasets'),
  rule(READ, 'apps', 'statefulsets'),
  rule(READ, 'policy', 'poddisruptionbudgets'),
  rule(READ, 'core', 'persistentvolumeclaims persistentvolumes'),
  ASK_WHO,
  ASK_WHETHER,
  rule(READ, 'storage.k8s.io', 'csinodes'),
  rule(READ, 'storage.k8s.io', 'volumeattachments'),
  rule(READ, 'core', 'namespaces'),
  rule(READ, 'storage.k8s.io', 'csidrivers'),
  rule(READ, 'storage.k8s.io', 'csistoragecapacities'),
  rule(READ, 'resource.k8s.io', 'deviceclasses'),
  rule(READ_UPDATE, 'resource.k8s.io', 'resourceclaims'),
  rule(READ_UPDATE, 'resource.k8s.io', 'resourceclaims/status'),
  rule(READ_UPDATE, 'core', 'pods/finalizers'),
  rule(READ, 'resource.k8s.io', 'resourceslices'),
  rule('create delete', 'resource.k8s.io', 'resourceclaims'),
  rule('patch update', 'resource.k8s.io', 'resourceclaims/binding'),
];

/** The roles of a control plane's parts and of what is installed beside it. */
export const COMPONENT_ROLES: readonly KubernetesObject[] = [
  clusterRole('system:auth-delegator', [ASK_WHO, ASK_WHETHER]),
  clusterRole('system:heapster', [
    rule(READ, 'core', 'events namespaces nodes pods'),
    rule(READ, 'extensions', 'deployments'),
  ]),
  clusterRole('system:kube-aggregator', [rule(READ, 'core', 'endpoints services')]),
  clusterRole('system:kube-controller-manager', KUBE_CONTROLLER_MANAGER),
  clusterRole('system:kube-dns', [rule('list watch', 'core', 'endpoints services')]),
  clusterRole('system:kube-scheduler', KUBE_SCHEDULER),
  clusterRole('system:monitoring', [
    paths('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
    rule('get', 'core', 'nodes/metrics'),
    paths('/flagz'),
    paths('/statusz'),
  ]),
  clusterRole('system:persistent-volume-provisioner', [
    rule(`${READ} create delete`, 'core', 'persistentvolumes'),
    rule(`${READ} update`, 'core', 'persistentvolumeclaims'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
    rule('watch', 'core', 'events'),
    EVENTS,
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    paths(
      '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ),
  ]),
  clusterRole('system:volume-scheduler', [
    rule(READ_UPDATE, 'core', 'persistentvolumes'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
    rule(READ_UPDATE, 'core', 'persistentvolumeclaims'),
  ]),
];
