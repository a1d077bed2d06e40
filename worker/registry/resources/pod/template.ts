import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { type LabelSelector, validateLabels } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validateAnnotations } from '../../../../apimachinery/object-meta-validation.ts';
import { validateLabelsSelected } from '../workload.ts';
import { setPodSpecDefaults } from './defaults.ts';
import { validateProfilesMatch } from './security-profiles.ts';
import { validatePodAnnotations } from './validate-annotations.ts';
import { validatePodSpec } from './validate-spec.ts';
import { podTemplateWarnings } from './warnings.ts';

/** Defaults of a pod template, wherever it is. */
export function setTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) setPodSpecDefaults(template.spec);
}

/** Validates a pod template by itself (pkg/apis/core/validation, ValidatePodTemplateSpec). */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
): FieldError[] {
  const { metadata, spec = { containers: [] } } = template ?? {};
  return [
    ...validateLabels(metadata?.labels, `${path}.labels`),
    ...validateAnnotations(metadata?.annotations, `${path}.annotations`),
    ...validatePodAnnotations(metadata?.annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, { isPod: false }),
    ...validateProfilesMatch(metadata?.annotations, spec, `${path}.spec`),
    ...((spec.ephemeralContainers ?? []).length === 0
      ? []
      : [
          forbidden(
            `${path}.spec.ephemeralContainers`,
            'ephemeral containers not allowed in pod template',
          ),
        ]),
  ];
}

/** What `kind` says of templates of pods that it keeps running: they are restarted for ever. */
export function validateRestartsForever(
  template: PodTemplateSpec | undefined,
  path: string,
  kind: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy ?? '', ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    errors.push(
      forbidden(
        `${path}.spec.activeDeadlineSeconds`,
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    );
  }
  return errors;
}

/** The template of a workload that keeps pods running, whose labels its selector selects. */
export function validateReplicatedTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector,
  path: string,
  kind: string,
): FieldError[] {
  if (template === undefined) return [required(path)];
  return [
    ...validateLabelsSelected(selector, template, path),
    ...validatePodTemplate(template, path),
    ...validateRestartsForever(template, path, kind),
  ];
}

/**
 * Warnings about a workload's template at `path`: on create, and on updates that change what is
 * desired.
 */
export function templateWarnings(
  object: KubernetesObject,
  old: KubernetesObject | null,
  template: PodTemplateSpec | undefined,
  path: string,
): string[] {
  if (old !== null && old.metadata.generation === object.metadata.generation) return [];
  return podTemplateWarnings(template ?? {}, path);
}
