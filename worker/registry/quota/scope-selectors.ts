import type {
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** One condition that an object has to meet to count against a quota. */
export type ScopeSelector = Readonly<Partial<ScopedResourceSelectorRequirement>>;

export const quotaSpec = (quota: KubernetesObject): ResourceQuotaSpec => quota.spec ?? {};

/** The conditions of a quota. A bare scope asks that the object is in it. */
export function scopeSelectorsOf(quota: KubernetesObject): readonly ScopeSelector[] {
  const { scopes, scopeSelector } = quotaSpec(quota);
  return [
    ...(scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(scopeSelector?.matchExpressions ?? []),
  ];
}

/**
 * Whether any of the classes that an object names is what the selector asks for. An object that
 * names none has none of the values, and is what `NotIn` and `DoesNotExist` ask for.
 */
export function selectsAny(selector: ScopeSelector, classes: readonly string[]): boolean {
  const { operator, values } = selector;
  const listed = values ?? [];
  switch (operator) {
    case 'In':
      return classes.some((name) => listed.includes(name));
    case 'NotIn':
      return classes.length === 0 || classes.some((name) => !listed.includes(name));
    case 'Exists':
      return classes.length > 0;
    case 'DoesNotExist':
      return classes.length === 0;
    default:
      return false;
  }
}
