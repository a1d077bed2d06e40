import type { AccessAttributes } from '../authorizer.ts';
import type { PolicyRule } from './policy-rule.ts';

/** What stands for everything in each list of a rule. */
export const ALL = '*';

/**
 * Whether a rule allows what is asked (plugin/pkg/auth/authorizer/rbac RuleAllows). A rule with
 * names allows nothing that has no name yet: no list, no creation.
 */
export function ruleAllows(rule: PolicyRule, access: AccessAttributes): boolean {
  if (!matches(rule.verbs, access.verb)) return false;
  if (!access.isResourceRequest) {
    return (rule.nonResourceURLs ?? []).some((url) => url === ALL || urlCovers(url, access.path));
  }
  const { apiGroup, resource, subresource, name } = access;
  return (
    matches(rule.apiGroups, apiGroup) &&
    resourceMatches(rule.resources, resource, subresource) &&
    (rule.resourceNames === undefined ||
      rule.resourceNames.length === 0 ||
      rule.resourceNames.includes(name))
  );
}

export const rulesAllow = (rules: readonly PolicyRule[], access: AccessAttributes): boolean =>
  rules.some((rule) => ruleAllows(rule, access));

/** Whether a path is the one that a rule names, or begins as a rule that ends in `*` says. */
export function urlCovers(url: string, path: string): boolean {
  return url === path || (url.endsWith(ALL) && path.startsWith(url.replace(/\*+$/, '')));
}

function matches(list: readonly string[] | undefined, word: string): boolean {
  return list !== undefined && (list.includes(word) || list.includes(ALL));
}

/** `*` is every resource and subresource, `pods` only the pods, `*\/log` every resource's log. */
function resourceMatches(
  list: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  if (list === undefined) return false;
  if (list.includes(ALL)) return true;
  if (subresource === '') return list.includes(resource);
  return list.includes(`${resource}/${subresource}`) || list.includes(`*/${subresource}`);
}
