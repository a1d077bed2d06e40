import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { validateDNS1123Label } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { parseSelector } from '../workload.ts';
import {
  CONTROLLER_UID_LABEL,
  JOB_NAME_LABEL,
  LEGACY_CONTROLLER_UID_LABEL,
  LEGACY_JOB_NAME_LABEL,
} from './job-selector.ts';
import { validateJobSpec } from './validate-job-spec.ts';

type Spec = Partial<JobSpec>;

const specOf = (object: KubernetesObject): Spec => object.spec ?? {};

/** `needsDomains` where the generated labels must be there with their domain in front as well. */
export function validateJob(object: KubernetesObject, needsDomains: boolean): FieldError[] {
  const spec = specOf(object);
  const errors = [
    ...validateGeneratedSelector(object, spec, needsDomains),
    ...validateJobSpec(spec, 'spec'),
    ...validateSelector(spec),
  ];
  const { name = '' } = object.metadata;
  const { completions = 0 } = spec;
  if (spec.completionMode !== 'Indexed' || completions <= 0) return errors;
  const lastHost = `${name}-${completions - 1}`;
  if (validateDNS1123Label(lastHost).length > 0) {
    const detail = `will not able to create pod with invalid DNS label: ${lastHost}`;
    errors.push(invalid('metadata.name', name, detail));
  }
  return errors;
}

function validateSelector(spec: Spec): FieldError[] {
  const selector = spec.selector as LabelSelectorSource | undefined;
  const errors =
    selector === undefined
      ? [required('spec.selector')]
      : validateLabelSelector(selector, 'spec.selector');
  const labels = spec.template?.metadata?.labels;
  const parsed = parseSelector(selector);
  if (parsed !== undefined && !parsed.matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, detail));
  }
  return errors;
}

function validateGeneratedSelector(
  object: KubernetesObject,
  spec: Spec,
  needsDomains: boolean,
): FieldError[] {
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { name = '', uid = '' } = object.metadata;
  const errors = uid === '' ? [required('metadata.uid')] : [];
  const expected: Record<string, string> = {
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [LEGACY_JOB_NAME_LABEL]: name,
    ...(needsDomains ? { [CONTROLLER_UID_LABEL]: uid, [JOB_NAME_LABEL]: name } : {}),
  };
  const labels = spec.template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) errors.push(required(field, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(field, labels, `must be '${value}'`));
  }
  if (parseSelector(spec.selector)?.matches(expected) === false) {
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

export function validateJobUpdate(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const [spec, before] = [specOf(object), specOf(old)];
  const oldLabels = before.template?.metadata?.labels ?? {};
  const hadDomains =
    Object.hasOwn(oldLabels, JOB_NAME_LABEL) && Object.hasOwn(oldLabels, CONTROLLER_UID_LABEL);
  const unchanged = (name: keyof JobSpec): FieldError[] =>
    deepEqual(spec[name], before[name])
      ? []
      : [invalid(`spec.${name}`, spec[name] ?? null, IMMUTABLE)];
  return [
    ...validateJob(object, hadDomains),
    ...validateCompletions(spec, before),
    ...unchanged('selector'),
    ...validateTemplateKept(spec, old),
    ...unchanged('completionMode'),
    ...unchanged('podFailurePolicy'),
    ...unchanged('backoffLimitPerIndex'),
    ...unchanged('managedBy'),
    ...unchanged('successPolicy'),
  ];
}

/** An indexed job scales by its parallelism and completions together (KEP-3715). */
function validateCompletions(spec: Spec, before: Spec): FieldError[] {
  if (spec.completions === before.completions) return [];
  if (spec.completionMode !== 'Indexed') {
    return [invalid('spec.completions', spec.completions ?? null, IMMUTABLE)];
  }
  if (spec.completions === undefined || spec.completions === spec.parallelism) return [];
  const detail = 'can only be modified in tandem with spec.parallelism';
  return [invalid('spec.completions', spec.completions, detail)];
}

/** A suspended job has no pods: where they may go (KEP-2926), and what they need, is still open. */
function validateTemplateKept(spec: Spec, old: KubernetesObject): FieldError[] {
  const { template } = spec;
  const before = specOf(old).template;
  const kept = isIdle(old) ? withDirectivesOf(before, template) : before;
  return deepEqual(template, kept) ? [] : [invalid('spec.template', template ?? null, IMMUTABLE)];
}

interface Status {
  active?: number;
  startTime?: string | null;
  conditions?: { type: string; status: string }[];
}

function isIdle(job: KubernetesObject): boolean {
  if (specOf(job).suspend !== true) return false;
  const { active = 0, startTime, conditions = [] } = (job.status ?? {}) as Status;
  const isSuspended = conditions.some((c) => c.type === 'Suspended' && c.status === 'True');
  return active === 0 && (!startTime || isSuspended);
}

/** The old template with everything of the new that may change while no pod was made of it. */
function withDirectivesOf(
  before: PodTemplateSpec | undefined,
  template: PodTemplateSpec | undefined,
): PodTemplateSpec | undefined {
  if (before?.spec === undefined || template?.spec === undefined) return before;
  const { affinity, nodeSelector, tolerations, schedulingGates } = template.spec;
  const resources = (list: 'containers' | 'initContainers') =>
    before.spec?.[list]?.map((container, i) =>
      withField(container, 'resources', template.spec?.[list]?.[i]?.resources),
    );
  const oldAffinity = before.spec.affinity;
  const mergedAffinity =
    affinity === undefined && Object.keys(oldAffinity ?? {}).every((k) => k === 'nodeAffinity')
      ? undefined
      : withField({ ...oldAffinity }, 'nodeAffinity', affinity?.nodeAffinity);
  const next = { ...before.spec };
  Object.assign(next, {
    affinity: mergedAffinity,
    nodeSelector,
    tolerations,
    schedulingGates,
    containers: resources('containers'),
    initContainers: resources('initContainers'),
  });
  return {
    ...before,
    metadata: {
      ...before.metadata,
      ...labelsAndAnnotationsOf(template),
    },
    spec: next,
  };
}

function labelsAndAnnotationsOf(
  template: PodTemplateSpec,
): NonNullable<PodTemplateSpec['metadata']> {
  // Undefined stands for absent here: only equality is asked of the result.
  return {
    labels: template.metadata?.labels,
    annotations: template.metadata?.annotations,
  } as NonNullable<PodTemplateSpec['metadata']>;
}

function withField<T extends object>(object: T, field: keyof T, value: unknown): T {
  return { ...object, [field]: value };
}
