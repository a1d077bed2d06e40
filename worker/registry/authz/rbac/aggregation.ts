import {
  labelSelectorAsRequirements,
  type LabelSelector,
  type LabelSelectorSource,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { isSameRule, type PolicyRule, rulesOf } from './policy-rule.ts';

/** The selectors of a role's aggregationRule; null for a role that has none. */
export function aggregationSelectorsOf(
  role: KubernetesObject,
): readonly LabelSelectorSource[] | null {
  const { aggregationRule } = role as {
    aggregationRule?: { clusterRoleSelectors?: readonly LabelSelectorSource[] | null } | null;
  };
  return aggregationRule ? (aggregationRule.clusterRoleSelectors ?? []) : null;
}

/**
 * The rules that a ClusterRole takes over from others: selector by selector, in the order of their
 * names, each rule once (pkg/controller/clusterroleaggregation). null for a role that takes none,
 * and for one with a selector that cannot be read.
 */
export function aggregatedRules(
  role: KubernetesObject,
  clusterRoles: readonly KubernetesObject[],
): readonly PolicyRule[] | null {
  const selectors = compile(aggregationSelectorsOf(role));
  if (selectors === null) return null;
  const others = clusterRoles.filter(({ metadata }) => metadata.name !== role.metadata.name);
  others.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    const selected = others.filter(({ metadata }) => selector.matches(metadata.labels));
    for (const rule of selected.flatMap(rulesOf)) {
      if (!rules.some((known) => isSameRule(known, rule))) rules.push(rule);
    }
  }
  return rules;
}

function compile(sources: readonly LabelSelectorSource[] | null): readonly LabelSelector[] | null {
  try {
    return sources?.map(labelSelectorAsRequirements) ?? null;
  } catch {
    // Validation keeps it out, but an older version may not have.
    return null;
  }
}
