import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { uncoveredRules } from '../rbac/covers.ts';
import { roleRefOf, rulesOf } from '../rbac/policy-rule.ts';

/** What is to be written so that an object of the default policy is as it should be. */
export type Reconciliation =
  | { readonly operation: 'create' | 'update'; readonly object: KubernetesObject }
  | {
      /** A binding's role never changes: it is deleted, and made anew. */
      readonly operation: 'recreate';
      readonly object: KubernetesObject;
      /** Of the binding that is there. */
      readonly uid: string;
    };

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

interface AggregationRule {
  readonly clusterRoleSelectors?: readonly unknown[] | null;
}

interface RoleFields {
  readonly aggregationRule?: AggregationRule | null;
}

interface BindingFields {
  readonly subjects?: readonly Readonly<Record<string, string>>[] | null;
}

/**
 * Adds what is missing from a role and keeps what somebody added to it (k8s.io/component-helpers
 * rbac reconciliation, without removal). null when there is nothing to do, or when the role is
 * annotated not to be kept up to date.
 */
export function reconcileRole(
  existing: KubernetesObject | null,
  expected: KubernetesObject,
): Reconciliation | null {
  if (existing === null) return { operation: 'create', object: expected };
  if (isProtected(existing)) return null;
  const missing = uncoveredRules(rulesOf(existing), rulesOf(expected));
  const object: KubernetesObject = { ...existing, metadata: mergedMetadata(existing, expected) };
  if (missing.length > 0) object['rules'] = [...rulesOf(existing), ...missing];
  const { aggregationRule: present } = existing as RoleFields;
  const { aggregationRule: wanted } = expected as RoleFields;
  if (wanted) object['aggregationRule'] = mergedAggregation(present ?? {}, wanted);
  else if (present) delete object['aggregationRule'];
  return updateUnlessSame(existing, object);
}

/** The same for a binding, whose subjects are what may be missing. */
export function reconcileBinding(
  existing: KubernetesObject | null,
  expected: KubernetesObject,
): Reconciliation | null {
  if (existing === null) return { operation: 'create', object: expected };
  if (isProtected(existing)) return null;
  if (!deepEqual(roleRefOf(existing), roleRefOf(expected))) {
    return { operation: 'recreate', object: expected, uid: existing.metadata.uid ?? '' };
  }
  const present = (existing as BindingFields).subjects ?? [];
  const missing = ((expected as BindingFields).subjects ?? []).filter(
    (subject) => !present.some((other) => deepEqual(other, subject)),
  );
  const object: KubernetesObject = { ...existing, metadata: mergedMetadata(existing, expected) };
  if (missing.length > 0) object['subjects'] = [...present, ...missing];
  return updateUnlessSame(existing, object);
}

const isProtected = ({ metadata }: KubernetesObject): boolean =>
  metadata.annotations?.[AUTO_UPDATE] === 'false';

function updateUnlessSame(
  existing: KubernetesObject,
  object: KubernetesObject,
): Reconciliation | null {
  return deepEqual(existing, object) ? null : { operation: 'update', object };
}

/** What an object says of a label or an annotation itself goes before what is expected. */
function mergedMetadata(
  { metadata }: KubernetesObject,
  expected: KubernetesObject,
): KubernetesObject['metadata'] {
  return {
    ...metadata,
    labels: { ...expected.metadata.labels, ...metadata.labels },
    annotations: { ...expected.metadata.annotations, ...metadata.annotations },
  };
}

function mergedAggregation(present: AggregationRule, wanted: AggregationRule): AggregationRule {
  const selectors = present.clusterRoleSelectors ?? [];
  const missing = (wanted.clusterRoleSelectors ?? []).filter(
    (selector) => !selectors.some((other) => deepEqual(other, selector)),
  );
  return { ...present, clusterRoleSelectors: [...selectors, ...missing] };
}
