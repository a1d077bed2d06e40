import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validatePathSegmentName } from '../../../../apimachinery/names.ts';

/** One rule of a webhook or a policy: which requests it is about. */
export interface Rule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
  /** Of policies only. */
  resourceNames?: string[];
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

export function setRuleDefaults(rules: readonly Rule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

export function validateRule(rule: Rule, at: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors: FieldError[] = [];
  const requireSome = (list: readonly string[], field: string, what: string): void => {
    if (list.length === 0) errors.push(required(`${at}.${field}`));
    if (list.length > 1 && list.includes('*')) {
      const detail = `if '*' is present, must not specify other ${what}`;
      errors.push(invalid(`${at}.${field}`, list, detail));
    }
  };
  requireSome(operations, 'operations', 'operations');
  operations.forEach((operation, i) => {
    if (OPERATIONS.includes(operation)) return;
    errors.push(notSupported(`${at}.operations[${i}]`, operation, OPERATIONS));
  });
  requireSome(apiGroups, 'apiGroups', 'API groups');
  requireSome(apiVersions, 'apiVersions', 'API versions');
  apiVersions.forEach((version, i) => {
    if (version === '') errors.push(required(`${at}.apiVersions[${i}]`));
  });
  errors.push(...validateResources(resources, `${at}.resources`));
  if (scope !== undefined && !SCOPES.includes(scope)) {
    errors.push(notSupported(`${at}.scope`, scope, SCOPES));
  }
  return errors;
}

/** `pods`, `pods/log`, `pods/*`, `*\/scale`: what one says already, another must not say again. */
function validateResources(resources: readonly string[], field: string): FieldError[] {
  const errors = resources.length === 0 ? [required(field)] : [];
  const allSubresourcesOf = new Set<string>();
  const subresourceOfAll = new Set<string>();
  let hasPlain = false;
  resources.forEach((entry, i) => {
    const at = `${field}[${i}]`;
    if (entry === '') {
      errors.push(required(at));
      return;
    }
    const slash = entry.indexOf('/');
    if (slash < 0) {
      // The last entry without a subresource decides, as upstream has it.
      hasPlain = entry !== '*';
      return;
    }
    const [resource, subresource] = [entry.slice(0, slash), entry.slice(slash + 1)];
    const refuse = (other: string): void => {
      errors.push(invalid(at, entry, `if '${other}' is present, must not specify ${entry}`));
    };
    if (allSubresourcesOf.has(resource)) refuse(`${resource}/*`);
    if (subresourceOfAll.has(subresource)) refuse(`*/${subresource}`);
    if (subresource === '*') allSubresourcesOf.add(resource);
    if (resource === '*') subresourceOfAll.add(subresource);
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    const detail = "if '*/*' is present, must not specify other resources";
    errors.push(invalid(field, resources, detail));
  }
  if (resources.includes('*') && hasPlain) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(field, resources, detail));
  }
  return errors;
}

/** A rule of a policy, which may name objects. */
export function validateNamedRule(rule: Rule, at: string): FieldError[] {
  const seen = new Set<string>();
  const errors = (rule.resourceNames ?? []).flatMap((name, i) => {
    const field = `${at}.resourceNames[${i}]`;
    const problems = validatePathSegmentName(name, false).map((m) => invalid(field, name, m));
    if (seen.has(name)) problems.push(duplicate(field, name));
    seen.add(name);
    return problems;
  });
  return [...errors, ...validateRule(rule, at)];
}
