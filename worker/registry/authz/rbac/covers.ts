import type { PolicyRule } from './policy-rule.ts';
import { ALL, urlCovers } from './rule-matching.ts';

/**
 * What of `wanted` nobody may do who has `held`, in rules of one verb about one thing each; empty
 * when `held` covers all (k8s.io/component-helpers rbac validation Covers). A rule that is broken
 * down like that is covered by one held rule alone, or not at all.
 */
export function uncoveredRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** The smallest rules that together say what a rule says. */
export function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name === undefined ? {} : { resourceNames: [name] }),
        })),
      ),
    ),
  );
  const ofPaths = nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  return [...ofResources, ...ofPaths];
}

/** @param part as {@link breakDown} makes them. */
function covers(rule: PolicyRule, part: PolicyRule): boolean {
  return (
    (includesAll(rule.verbs, part.verbs) || rule.verbs.includes(ALL)) &&
    (includesAll(rule.apiGroups, part.apiGroups) || includes(rule.apiGroups, ALL)) &&
    coversResources(rule.resources, part.resources) &&
    coversNames(rule.resourceNames, part.resourceNames) &&
    (part.nonResourceURLs ?? []).every((path) =>
      (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, path)),
    )
  );
}

const includes = (list: readonly string[] | undefined, word: string): boolean =>
  list?.includes(word) ?? false;

const includesAll = (
  list: readonly string[] | undefined,
  words: readonly string[] | undefined,
): boolean => (words ?? []).every((word) => includes(list, word));

/** `*` covers everything, `*\/log` every resource's log. */
function coversResources(
  list: readonly string[] | undefined,
  parts: readonly string[] | undefined,
): boolean {
  if (includes(list, ALL)) return true;
  return (parts ?? []).every((part) => {
    const slash = part.indexOf('/');
    return includes(list, part) || (slash >= 0 && includes(list, `*${part.slice(slash)}`));
  });
}

/** Without names a rule is about all of them; with names it covers none that is not among them. */
function coversNames(
  list: readonly string[] | undefined,
  parts: readonly string[] | undefined,
): boolean {
  if (list === undefined || list.length === 0) return true;
  return parts !== undefined && parts.length > 0 && includesAll(list, parts);
}
