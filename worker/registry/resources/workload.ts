import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../apimachinery/field-error.ts';
import {
  type LabelSelector,
  labelSelectorAsRequirements,
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { IMMUTABLE } from '../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import { validateTemplate } from './pod/template.ts';

/** What Deployment and ReplicaSet have in common. */
export interface WorkloadSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: LabelSelectorSource;
  template?: PodTemplateSpec;
}

export const workloadSpec = (object: KubernetesObject): WorkloadSpec => object.spec as WorkloadSpec;

const NOT_NEGATIVE = 'must be greater than or equal to 0';

export function notNegative(value: number | undefined, field: string): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, NOT_NEGATIVE)] : [];
}

/** Counts, selector and template of a workload whose selector is a metav1.LabelSelector. */
export function validateWorkload(spec: WorkloadSpec, kind: string): FieldError[] {
  const { selector, errors } = validateSelector(spec.selector, kind);
  return [
    ...notNegative(spec.replicas, 'spec.replicas'),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...errors,
    ...validateTemplate(spec.template ?? {}, selector, 'spec.template'),
  ];
}

function validateSelector(
  source: LabelSelectorSource | null | undefined,
  kind: string,
): { selector: LabelSelector | undefined; errors: FieldError[] } {
  if (source === null || source === undefined) {
    return { selector: undefined, errors: [required('spec.selector')] };
  }
  const errors = validateLabelSelector(source, 'spec.selector');
  const count =
    Object.keys(source.matchLabels ?? {}).length + (source.matchExpressions ?? []).length;
  if (count === 0) {
    errors.push(invalid('spec.selector', source, `empty selector is invalid for ${kind}`));
  }
  if (errors.length > 0) return { selector: undefined, errors };
  return { selector: labelSelectorAsRequirements(source), errors };
}

/** apps/v1 selectors are fixed for life: changing one would orphan what it selected. */
export function validateSelectorUnchanged(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const { selector } = workloadSpec(object);
  return deepEqual(selector, workloadSpec(old).selector)
    ? []
    : [invalid('spec.selector', selector, IMMUTABLE)];
}
