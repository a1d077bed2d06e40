import {
  labelSelectorAsRequirements,
  type LabelSelector,
  type LabelSelectorSource,
} from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
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

/** Makes the rules of the role those of the roles that it selects, unless they are that already. */
export function planAggregation({ role, clusterRoles }: ObservedAggregation): Plan {
  const selectors = compile(aggregationSelectorsOf(role) ?? []);
  if (selectors === null) return EMPTY_PLAN;
  const rules = aggregatedRules(role, clusterRoles, selectors);
  const present = rulesOf(role);
  const isSame =
    rules.length === present.length &&
    rules.every((rule, i) => isSameRule(rule, present[i] ?? NONE));
  if (isSame) return EMPTY_PLAN;
  return { writes: [{ verb: 'update', resource: CLUSTER_ROLES, object: { ...role, rules } }] };
}

const NONE: PolicyRule = { verbs: [] };

/** The selectors of a role's aggregationRule; null for a role that has none. */
export function aggregationSelectorsOf(
  role: KubernetesObject,
): readonly LabelSelectorSource[] | null {
  const { aggregationRule } = role as {
    aggregationRule?: { clusterRoleSelectors?: readonly LabelSelectorSource[] | null } | null;
  };
  return aggregationRule ? (aggregationRule.clusterRoleSelectors ?? []) : null;
}

/** null when one of them is none: validation keeps it out, but an older version may not have. */
function compile(sources: readonly LabelSelectorSource[]): readonly LabelSelector[] | null {
  try {
    return sources.map(labelSelectorAsRequirements);
  } catch {
    // Better the rules of before than those of half the selectors.
    return null;
  }
}

function aggregatedRules(
  { metadata }: KubernetesObject,
  clusterRoles: readonly KubernetesObject[],
  selectors: readonly LabelSelector[],
): readonly PolicyRule[] {
  const others = clusterRoles.filter((other) => other.metadata.name !== metadata.name);
  others.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    const selected = others.filter((other) => selector.matches(other.metadata.labels));
    for (const rule of selected.flatMap(rulesOf)) {
      if (!rules.some((known) => isSameRule(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
