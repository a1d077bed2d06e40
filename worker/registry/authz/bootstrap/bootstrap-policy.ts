import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { account, clusterRole, clusterRoleBinding } from './builders.ts';
import { CLUSTER_BINDINGS } from './cluster-bindings.ts';
import { CLUSTER_CONTROLLERS } from './cluster-controllers.ts';
import { COMPONENT_ROLES } from './component-roles.ts';
import { NAMESPACED_BINDINGS, NAMESPACED_ROLES } from './namespaced-policy.ts';
import { NODE_ROLES } from './node-roles.ts';
import { USER_FACING_ROLES } from './user-facing-roles.ts';
import { WORKLOAD_CONTROLLERS } from './workload-controllers.ts';

/**
 * The roles and bindings that every cluster of Kubernetes v1.36 has, with its features as they are
 * by default (plugin/pkg/auth/authorizer/rbac/bootstrappolicy and its testdata). Shared, never to be
 * changed.
 */
export interface BootstrapPolicy {
  readonly roles: readonly KubernetesObject[];
  readonly bindings: readonly KubernetesObject[];
}

/** Changes with the policy: a store that has reconciled this one need not look again. */
export const BOOTSTRAP_POLICY_VERSION = 'v1.36-4d2985825a5511b7';

const CONTROLLERS = Object.entries({ ...CLUSTER_CONTROLLERS, ...WORKLOAD_CONTROLLERS });
const controllerRole = (name: string): string => `system:controller:${name}`;

/** ClusterRoles and ClusterRoleBindings. */
export const CLUSTER_POLICY: BootstrapPolicy = {
  roles: [
    ...USER_FACING_ROLES,
    ...COMPONENT_ROLES,
    ...NODE_ROLES,
    ...CONTROLLERS.map(([name, rules]) => clusterRole(controllerRole(name), rules)),
  ],
  bindings: [
    ...CLUSTER_BINDINGS,
    ...CONTROLLERS.map(([name]) =>
      clusterRoleBinding(controllerRole(name), controllerRole(name), account(name)),
    ),
  ],
};

/** The namespaces that have roles of their own by default. */
export const POLICY_NAMESPACES: readonly string[] = ['kube-system', 'kube-public'];

/** Roles and RoleBindings of a namespace; most have none. */
export const namespacePolicy = (namespace: string): BootstrapPolicy => ({
  roles: NAMESPACED_ROLES.filter(({ metadata }) => metadata.namespace === namespace),
  bindings: NAMESPACED_BINDINGS.filter(({ metadata }) => metadata.namespace === namespace),
});
