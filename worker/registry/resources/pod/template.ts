import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../../apimachinery/field-error.ts';
import { type LabelSelector, validateLabels } from '../../../../apimachinery/label-selector.ts';
import { validateAnnotations } from '../../../../apimachinery/object-meta-validation.ts';
import { setPodSpecDefaults } from './defaults.ts';
import { validatePodSpec } from './validate-spec.ts';

/** Defaults of a pod template, wherever it is. */
export function setTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) setPodSpecDefaults(template.spec);
}

/**
 * Validates the template of a workload that keeps pods running: its labels must match the
 * workload's selector, and its pods must be restarted for ever.
 */
export function validateTemplate(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const labels = template.metadata?.labels;
  if (selector !== undefined && !selector.isEmpty && !selector.matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid(`${path}.metadata.labels`, labels ?? null, detail));
  }
  errors.push(
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec ?? { containers: [] }, `${path}.spec`, 'template'),
  );
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy && restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, 'must not be specified'));
  }
  return errors;
}
