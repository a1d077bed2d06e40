import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { setTemplateDefaults } from '../pod/template.ts';
import { dropStatus, keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { podNameWarnings } from '../workload.ts';
import { generateSelector } from './job-selector.ts';
import { jobSpecWarnings } from './job-warnings.ts';
import { validateJob, validateJobUpdate } from './validate-job.ts';
import { dropDisabledPodFields } from '../pod/drop-disabled.ts';
import { validateJobStatusUpdate } from './validate-job-status.ts';

const MAX_INT32 = 2_147_483_647;
const BACKOFF_LIMIT = 6;

const specOf = (object: KubernetesObject): Partial<JobSpec> => object.spec ?? {};

export const jobStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
    setJobSpecDefaults(spec);
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined && Object.keys(object.metadata.labels ?? {}).length === 0) {
      object.metadata.labels = { ...labels };
    }
  },
  prepareForCreate(object) {
    const spec = specOf(object);
    const sent = spec.template?.metadata?.labels ?? {};
    if (spec.manualSelector !== true) generateSelector(object, spec);
    const labels = spec.template?.metadata?.labels;
    // A job without labels of its own has its template's, the generated ones among them.
    if (labels !== undefined && deepEqual(object.metadata.labels ?? {}, sent)) {
      object.metadata.labels = { ...labels };
    }
    dropStatus(object);
    dropDisabledPodFields(specOf(object).template?.spec);
  },
  validate: (object) => validateJob(object, true),
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(specOf(object).template?.spec, specOf(old).template?.spec);
  },
  validateUpdate: validateJobUpdate,
  warnings(object, old) {
    const spec = specOf(object);
    if (old === null) return [...podNameWarnings(object), ...jobSpecWarnings(spec, 'spec')];
    return old.metadata.generation === object.metadata.generation
      ? []
      : jobSpecWarnings(spec, 'spec');
  },
  validateName: nameIsDNSSubdomain,
  selectableFields: (object) => ({
    'status.successful': String(((object.status ?? {}) as { succeeded?: number }).succeeded ?? 0),
  }),
  orphansByDefault:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  subresources: { status: newStatusSubresource(validateJobStatusUpdate) },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

/** Defaults of a job, beyond those of its template (SetDefaults_Job). */
function setJobSpecDefaults(spec: Partial<JobSpec>): void {
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??=
    spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  setJobTemplateDefaults(spec);
}

/** What of a job's defaults a template of jobs has as well: those of its pods and patterns. */
export function setJobTemplateDefaults(spec: Partial<JobSpec>): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  setTemplateDefaults(spec.template);
}
