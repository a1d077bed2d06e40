import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../apimachinery/field-error.ts';
import {
  LabelSelector,
  labelSelectorAsRequirements,
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { validateDNS1123Label } from '../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../rest/deep-equal.ts';

/** What workloads with a metav1.LabelSelector have in common. */
export interface WorkloadSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: LabelSelectorSource | null;
  template?: PodTemplateSpec;
}

export const workloadSpec = (object: KubernetesObject): WorkloadSpec => object.spec ?? {};

export const NOT_NEGATIVE = 'must be greater than or equal to 0';

export function notNegative(value: number | undefined, field: string): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, NOT_NEGATIVE)] : [];
}

/**
 * Validates the selector of a workload, which may not be empty. `parsed` is what the template's
 * labels are held against: nothing matches a selector that is missing; undefined stands for one
 * that cannot be read.
 */
export function validateSelector(
  source: LabelSelectorSource | null | undefined,
  emptyText: string,
): { parsed: LabelSelector | undefined; errors: FieldError[] } {
  if (source === null || source === undefined) {
    return { parsed: new LabelSelector([], false), errors: [required('spec.selector')] };
  }
  const errors = validateLabelSelector(source, 'spec.selector');
  const count =
    Object.keys(source.matchLabels ?? {}).length + (source.matchExpressions ?? []).length;
  if (count === 0) errors.push(invalid('spec.selector', source, emptyText));
  return { parsed: parseSelector(source), errors };
}

/** The selector, or undefined where it cannot be read. */
export function parseSelector(
  source: LabelSelectorSource | null | undefined,
): LabelSelector | undefined {
  try {
    return labelSelectorAsRequirements(source);
  } catch {
    // Validation has named what is wrong with it.
    return undefined;
  }
}

/** Labels that a selector does not select would make a controller create pods without end. */
export function validateLabelsSelected(
  selector: LabelSelector,
  template: PodTemplateSpec | undefined,
  path: string,
): FieldError[] {
  const labels = template?.metadata?.labels;
  if (selector.isEmpty || selector.matches(labels)) return [];
  const detail = '`selector` does not match template `labels`';
  return [invalid(`${path}.metadata.labels`, labels ?? null, detail)];
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

/** A warning where the names of pods, which are made from this name, would be no host names. */
export function podNameWarnings(object: KubernetesObject): string[] {
  const messages = validateDNS1123Label(object.metadata.name ?? '');
  return messages.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
      ];
}
