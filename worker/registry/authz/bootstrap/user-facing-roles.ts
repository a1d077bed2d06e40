import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { aggregatedRole, clusterRole, paths, READ, READ_WRITE, rule, WRITE } from './builders.ts';

const EXTENSIONS_WORKLOADS =
  'daemonsets deployments deployments/scale replicasets replicasets/scale';
const APPS_WORKLOADS = `${EXTENSIONS_WORKLOADS} statefulsets statefulsets/scale`;

/** May be read by whoever may view, and written by whoever may edit. */
const CONTENT =
  'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale serviceaccounts services';

/** Ways into a pod: to read them is to use them. */
const WAYS_IN = 'pods/attach pods/exec pods/portforward pods/proxy';

const AGGREGATE_TO_ADMIN = [
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule(READ_WRITE, 'rbac.authorization.k8s.io', 'rolebindings roles'),
];

const AGGREGATE_TO_EDIT = [
  rule(READ, 'core', `${WAYS_IN} secrets services/proxy`),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(WRITE, 'core', `pods ${WAYS_IN}`),
  rule('create', 'core', 'pods/eviction'),
  rule(WRITE, 'core', `${CONTENT} events secrets services/proxy`),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(WRITE, 'apps', `${APPS_WORKLOADS} deployments/rollback`),
  rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  rule(WRITE, 'batch', 'cronjobs jobs'),
  rule(
    WRITE,
    'extensions',
    `${EXTENSIONS_WORKLOADS} deployments/rollback ingresses networkpolicies replicationcontrollers/scale`,
  ),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
  rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule(READ_WRITE, 'coordination.k8s.io', 'leases'),
  rule(WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
];

const AGGREGATE_TO_VIEW = [
  rule(READ, 'core', `${CONTENT} endpoints persistentvolumeclaims/status pods services/status`),
  rule(
    READ,
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  // In a namespace it is that namespace which may be read: how one sees which ones one is in.
  rule(READ, 'core', 'namespaces'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
  rule(
    READ,
    'apps',
    `${APPS_WORKLOADS} controllerrevisions daemonsets/status deployments/status replicasets/status statefulsets/status`,
  ),
  rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(
    READ,
    'extensions',
    `${EXTENSIONS_WORKLOADS} daemonsets/status deployments/status ingresses ingresses/status networkpolicies replicasets/status replicationcontrollers/scale`,
  ),
  rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  rule(READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
];

/** The roles that people are given. `admin` has all of `edit`, and that all of `view`. */
export const USER_FACING_ROLES: readonly KubernetesObject[] = [
  clusterRole('cluster-admin', [rule('*', '*', '*'), { nonResourceURLs: ['*'], verbs: ['*'] }]),
  aggregatedRole('admin'),
  aggregatedRole('edit', 'admin'),
  aggregatedRole('view', 'edit'),
  clusterRole('system:aggregate-to-admin', AGGREGATE_TO_ADMIN, 'admin'),
  clusterRole('system:aggregate-to-edit', AGGREGATE_TO_EDIT, 'edit'),
  clusterRole('system:aggregate-to-view', AGGREGATE_TO_VIEW, 'view'),
  // Not of Kubernetes itself, but of metrics-server, whose part is built in here.
  clusterRole(
    'system:aggregated-metrics-reader',
    [rule(READ, 'metrics.k8s.io', 'nodes pods')],
    'view',
  ),
  clusterRole('system:discovery', [
    paths(
      '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/',
    ),
  ]),
  clusterRole('system:basic-user', [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [paths('/healthz /livez /readyz /version /version/')]),
];
