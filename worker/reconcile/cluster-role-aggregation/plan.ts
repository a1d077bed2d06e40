import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { aggregatedRules } from '../../registry/authz/rbac/aggregation.ts';
import { isSameRule, type PolicyRule, rulesOf } from '../../registry/authz/rbac/policy-rule.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';

export const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';

export interface ObservedAggregation {
  /** A ClusterRole with an aggregationRule. */
  readonly role: KubernetesObject;
  /** All ClusterRoles, in any order. */
  readonly clusterRoles: readonly KubernetesObject[];
}

/**
 * Makes the rules of the role those of the roles that it selects, unless they are that already.
 * Where a selector cannot be read, better the rules of before than those of the other selectors.
 */
export function planAggregation({ role, clusterRoles }: ObservedAggregation): Plan {
  const rules = aggregatedRules(role, clusterRoles);
  if (rules === null || isSameList(rules, rulesOf(role))) return EMPTY_PLAN;
  return { writes: [{ verb: 'update', resource: CLUSTER_ROLES, object: { ...role, rules } }] };
}

const NO_RULE: PolicyRule = { verbs: [] };

const isSameList = (a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean =>
  a.length === b.length && a.every((rule, i) => isSameRule(rule, b[i] ?? NO_RULE));
