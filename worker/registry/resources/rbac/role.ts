import type { AggregationRule, PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import {
  labelSelectorAsRequirements,
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validatePathSegmentName } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';

interface RoleFields {
  rules?: Partial<PolicyRule>[];
  aggregationRule?: AggregationRule;
}

/** Names of roles and bindings only have to fit into a URL. */
export const nameIsPathSegment = (name: string): string[] => validatePathSegmentName(name, false);

export const roleStrategy: Strategy = {
  validate: (object) => validateRules(object, true),
  validateUpdate: (object) => validateRules(object, true),
  validateName: nameIsPathSegment,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

export const clusterRoleStrategy: Strategy = {
  validate: validateClusterRole,
  validateUpdate: validateClusterRole,
  validateName: nameIsPathSegment,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

const rulesOf = (object: KubernetesObject): RoleFields => object as RoleFields;

function validateClusterRole(object: KubernetesObject): FieldError[] {
  const { aggregationRule } = rulesOf(object);
  const errors = validateRules(object, false);
  if (aggregationRule === undefined) return errors;
  const field = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
    errors.push(required(field, detail));
  }
  selectors.forEach((selector, i) => {
    errors.push(...validateLabelSelector(selector, `${field}[${i}]`));
    if (!isSelector(selector)) {
      errors.push(invalid(`${field}[${i}]`, null, 'invalid label selector.'));
    }
  });
  return errors;
}

function isSelector(source: LabelSelectorSource): boolean {
  try {
    labelSelectorAsRequirements(source);
    return true;
  } catch {
    // Whatever is wrong with it, the answer is no.
    return false;
  }
}

function validateRules(object: KubernetesObject, namespaced: boolean): FieldError[] {
  return (rulesOf(object).rules ?? []).flatMap((rule, i) =>
    validateRule(rule, namespaced, `rules[${i}]`),
  );
}

function validateRule(rule: Partial<PolicyRule>, namespaced: boolean, at: string): FieldError[] {
  const { nonResourceURLs = [], apiGroups = [] } = rule;
  const { resources = [], resourceNames = [] } = rule;
  const errors: FieldError[] = [];
  if ((rule.verbs ?? []).length === 0) {
    errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  }
  if (nonResourceURLs.length > 0) {
    const field = `${at}.nonResourceURLs`;
    if (namespaced) {
      const detail = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalid(field, nonResourceURLs, detail));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(field, nonResourceURLs, detail));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}
