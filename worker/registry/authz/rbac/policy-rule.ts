import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** One rule of a role. It is about resources or about paths, never about both. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

type Sparse<T> = { readonly [K in keyof T]?: T[K] | null };

const LISTS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

/** The rules of a stored Role or ClusterRole. */
export function rulesOf(role: KubernetesObject): readonly PolicyRule[] {
  const { rules } = role as { rules?: readonly Sparse<PolicyRule>[] | null };
  return (rules ?? []).map(newRule);
}

/** A rule with the lists that have something in them; `verbs` is always there. */
function newRule(source: Sparse<PolicyRule>): PolicyRule {
  const lists = LISTS.map((list) => [list, source[list] ?? []] as const);
  return { verbs: [], ...Object.fromEntries(lists.filter(([, { length }]) => length > 0)) };
}

export function roleRefOf(binding: KubernetesObject): RoleRef {
  const { roleRef } = binding as { roleRef?: Sparse<RoleRef> | null };
  return {
    apiGroup: roleRef?.apiGroup ?? '',
    kind: roleRef?.kind ?? '',
    name: roleRef?.name ?? '',
  };
}

export function subjectsOf(binding: KubernetesObject): readonly Subject[] {
  const { subjects } = binding as { subjects?: readonly Sparse<Subject>[] | null };
  return (subjects ?? []).map(({ kind, name, namespace }) => ({
    kind: kind ?? '',
    name: name ?? '',
    namespace: namespace ?? '',
  }));
}

/** Whether two rules say the same in the same order; a list that is missing is an empty one. */
export const isSameRule = (a: PolicyRule, b: PolicyRule): boolean =>
  LISTS.every((list) => {
    const [left, right] = [a[list] ?? [], b[list] ?? []];
    return left.length === right.length && left.every((item, i) => item === right[i]);
  });
