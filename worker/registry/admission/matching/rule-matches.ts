import type { Rule } from '../../resources/admission/rules.ts';

/** What rules look at. */
export interface RuleSubject {
  readonly operation: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespaced: boolean;
}

/** Whether a request is one that a rule names (apiserver webhook/predicates/rules), names of objects aside. */
export function ruleMatches(rule: Rule, subject: RuleSubject): boolean {
  return (
    scopeMatches(rule.scope, subject.namespaced) &&
    isIn(rule.operations, subject.operation) &&
    isIn(rule.apiGroups, subject.group) &&
    isIn(rule.apiVersions, subject.version) &&
    (rule.resources ?? []).some((resource) => resourceMatches(resource, subject))
  );
}

function scopeMatches(scope: string | undefined, namespaced: boolean): boolean {
  switch (scope) {
    case undefined:
    case '*':
      return true;
    case 'Namespaced':
      return namespaced;
    case 'Cluster':
      return !namespaced;
    default:
      return false;
  }
}

const isIn = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes('*'));

/** `pods`, `pods/log`, `pods/*`, `*\/scale`, `*`: what has no subresource is about the object alone. */
function resourceMatches(named: string, { resource, subresource }: RuleSubject): boolean {
  const slash = named.indexOf('/');
  const [name, sub] = slash < 0 ? [named, ''] : [named.slice(0, slash), named.slice(slash + 1)];
  return (name === '*' || name === resource) && (sub === '*' || sub === subresource);
}
