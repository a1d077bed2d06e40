import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
export const CONTROLLER_UID_LABEL = 'batch.kubernetes.io/controller-uid';
/** What the labels were called before they had a domain; pods carry both. */
export const LEGACY_JOB_NAME_LABEL = 'job-name';
export const LEGACY_CONTROLLER_UID_LABEL = 'controller-uid';

/**
 * Gives a job a selector that selects its own pods and no others, and its template the labels to
 * match. Labels that are there already stay: validation refuses wrong ones. Changes the spec in
 * place.
 */
export function generateSelector(object: KubernetesObject, spec: Partial<JobSpec>): void {
  const { name = '', uid = '' } = object.metadata;
  spec.template ??= {};
  spec.template.metadata ??= {};
  spec.template.metadata.labels = {
    [LEGACY_JOB_NAME_LABEL]: name,
    [JOB_NAME_LABEL]: name,
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [CONTROLLER_UID_LABEL]: uid,
    ...spec.template.metadata.labels,
  };
  spec.selector ??= {};
  spec.selector.matchLabels = { [CONTROLLER_UID_LABEL]: uid, ...spec.selector.matchLabels };
}
