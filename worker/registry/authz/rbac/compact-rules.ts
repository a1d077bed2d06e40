import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { PolicyRule } from './policy-rule.ts';

/**
 * Brings together again what differs only in the verb, as messages show it (pkg/registry/rbac
 * validation CompactRules): rules about one resource, and at most one name of it.
 */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const compact: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = simpleKey(rule);
    if (key === null) {
      compact.push(rule);
      continue;
    }
    const known = simple.get(key);
    const verbs = [...new Set([...(known?.verbs ?? []), ...rule.verbs])];
    simple.set(key, known === undefined ? rule : { ...known, verbs });
  }
  return [...compact, ...simple.values()];
}

/** null for a rule that is about more than one thing. */
function simpleKey({
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): string | null {
  if (nonResourceURLs !== undefined || (resourceNames?.length ?? 0) > 1) return null;
  if (apiGroups?.length !== 1 || resources?.length !== 1) return null;
  return JSON.stringify([apiGroups, resources, resourceNames ?? []]);
}

const FIELDS = [
  ['APIGroups', 'apiGroups'],
  ['Resources', 'resources'],
  ['NonResourceURLs', 'nonResourceURLs'],
  ['ResourceNames', 'resourceNames'],
  ['Verbs', 'verbs'],
] as const;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` (pkg/apis/rbac CompactString). */
export function describeRule(rule: PolicyRule): string {
  const fields = FIELDS.flatMap(([name, field]) => {
    const list = rule[field] ?? [];
    return list.length === 0 ? [] : [`${name}:${describeList(list)}`];
  });
  return `{${fields.join(', ')}}`;
}

/** As Go prints a slice of quoted strings: `["a" "b"]`. */
export const describeList = (list: readonly string[]): string =>
  `[${list.map(quoteText).join(' ')}]`;
