import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** The roles and bindings that a store knows: the cluster's, and those of one namespace. */
export interface RoleSource {
  /** Whose Roles and RoleBindings are here; '' for the cluster scope, which has none. */
  readonly namespace: string;
  clusterRole(name: string): KubernetesObject | null;
  role(name: string): KubernetesObject | null;
  /** In the order in which they are to be looked at. */
  clusterRoleBindings(): readonly KubernetesObject[];
  roleBindings(): readonly KubernetesObject[];
  /** Changes with any of these objects: what is made of them is kept that long. */
  revision(): string;
}
