import { roleBindingPrinter } from '../printers/role-binding.ts';
import { clusterRoleBindingStrategy, roleBindingStrategy } from '../resources/rbac/role-binding.ts';
import { clusterRoleStrategy, roleStrategy } from '../resources/rbac/role.ts';
import type { ServedGroup } from '../served.ts';

export const RBAC: ServedGroup = {
  'clusterrolebindings.rbac.authorization.k8s.io/v1': {
    strategy: clusterRoleBindingStrategy,
    printer: roleBindingPrinter,
  },
  'clusterroles.rbac.authorization.k8s.io/v1': { strategy: clusterRoleStrategy },
  'rolebindings.rbac.authorization.k8s.io/v1': {
    strategy: roleBindingStrategy,
    printer: roleBindingPrinter,
  },
  'roles.rbac.authorization.k8s.io/v1': { strategy: roleStrategy },
};
