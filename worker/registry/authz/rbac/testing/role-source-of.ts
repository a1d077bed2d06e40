import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { RoleSource } from '../role-source.ts';

/** A source over a list of objects of all namespaces, as a store of one namespace sees them. */
export function roleSourceOf(objects: readonly KubernetesObject[], namespace: string): RoleSource {
  const all = (kind: string, home: string): readonly KubernetesObject[] =>
    objects.filter((o) => o.kind === kind && (o.metadata.namespace ?? '') === home);
  const one = (kind: string, home: string, name: string): KubernetesObject | null =>
    all(kind, home).find(({ metadata }) => metadata.name === name) ?? null;
  const isCluster = namespace === '';
  return {
    namespace,
    clusterRole: (name) => one('ClusterRole', '', name),
    role: (name) => (isCluster ? null : one('Role', namespace, name)),
    clusterRoleBindings: () => all('ClusterRoleBinding', ''),
    roleBindings: () => (isCluster ? [] : all('RoleBinding', namespace)),
    revision: () => '1',
  };
}
