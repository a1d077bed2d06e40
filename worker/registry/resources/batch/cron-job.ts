import type { CronJobSpec, JobSpec } from 'kubernetes-types/batch/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { byteLength, nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { dropStatus, keepStatus, STATUS_SUBRESOURCE } from '../status-subresource.ts';
import { notNegative, podNameWarnings } from '../workload.ts';
import { parseCronSchedule } from './cron-schedule.ts';
import { setJobTemplateDefaults } from './job.ts';
import { jobSpecWarnings } from './job-warnings.ts';
import { validateTimeZoneName } from './time-zone.ts';
import { dropDisabledPodFields } from '../pod/drop-disabled.ts';
import { validateJobSpec } from './validate-job-spec.ts';

type Spec = Partial<CronJobSpec>;

const specOf = (object: KubernetesObject): Spec => object.spec ?? {};

/** Jobs are named for their cron job and the minute, which takes eleven characters. */
const MAX_NAME_BYTES = 52;
const TIME_ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;
const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'];

const podOf = (object: KubernetesObject) => specOf(object).jobTemplate?.spec?.template?.spec;

export const cronJobStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    // A job gets its own defaults when it is made; of its template only the pods' are set here.
    if (spec.jobTemplate?.spec !== undefined) setJobTemplateDefaults(spec.jobTemplate.spec);
  },
  prepareForCreate(object) {
    dropStatus(object);
    dropDisabledPodFields(podOf(object));
  },
  validate(object) {
    const errors = validateSpec(specOf(object), undefined);
    const { name = '' } = object.metadata;
    if (byteLength(name) > MAX_NAME_BYTES) {
      const detail = `must be no more than ${MAX_NAME_BYTES} characters`;
      errors.push(invalid('metadata.name', name, detail));
    }
    return errors;
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropDisabledPodFields(podOf(object), podOf(old));
  },
  validateUpdate: (object, old) => validateSpec(specOf(object), specOf(old)),
  warnings(object, old) {
    const { schedule = '', jobTemplate } = specOf(object);
    const path = 'spec.jobTemplate.spec';
    const ofJob = jobSpecWarnings(jobTemplate?.spec ?? {}, path);
    if (old === null) return [...podNameWarnings(object), ...ofJob];
    return [
      ...(old.metadata.generation === object.metadata.generation ? [] : ofJob),
      ...(schedule.includes('TZ')
        ? [
            'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
          ]
        : []),
    ];
  },
  validateName: nameIsDNSSubdomain,
  subresources: { status: STATUS_SUBRESOURCE },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateSpec(spec: Spec, old: Spec | undefined): FieldError[] {
  const template: Partial<JobSpec> = spec.jobTemplate?.spec ?? {};
  const errors = [
    ...validateSchedule(spec, old?.schedule?.includes('TZ') ?? false),
    ...notNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(old !== undefined && old.timeZone === spec.timeZone
      ? []
      : validateTimeZone(spec.timeZone, 'spec.timeZone')),
    ...validateConcurrencyPolicy(spec.concurrencyPolicy ?? ''),
    ...validateJobSpec(template, 'spec.jobTemplate.spec'),
  ];
  if (template.selector !== undefined) {
    const detail = '`selector` will be auto-generated';
    errors.push(invalid('spec.jobTemplate.spec.selector', template.selector, detail));
  }
  if (template.manualSelector === true) {
    const field = 'spec.jobTemplate.spec.manualSelector';
    errors.push(notSupported(field, true, ['nil', 'false']));
  }
  return [
    ...errors,
    ...notNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...notNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateConcurrencyPolicy(policy: string): FieldError[] {
  const field = 'spec.concurrencyPolicy';
  if (policy === '') return [required(field)];
  return CONCURRENCY_POLICIES.includes(policy)
    ? []
    : [notSupported(field, policy, CONCURRENCY_POLICIES)];
}

function validateSchedule({ schedule, timeZone }: Spec, allowTimeZone: boolean): FieldError[] {
  const field = 'spec.schedule';
  if (!schedule) return [required(field)];
  const errors: FieldError[] = [];
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    errors.push(invalid(field, schedule, error instanceof Error ? error.message : String(error)));
  }
  if (!schedule.includes('TZ')) return errors;
  if (!allowTimeZone) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(invalid(field, schedule, detail));
  } else if (timeZone !== undefined) {
    const detail = 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    errors.push(invalid(field, schedule, detail));
  }
  return errors;
}

function validateTimeZone(name: string | undefined, field: string): FieldError[] {
  if (name === undefined) return [];
  if (name === '') return [invalid(field, name, 'timeZone must be nil or non-empty string')];
  const isMalformed = name
    .split('/')
    .some(
      (part) => part === '.' || part === '..' || part.startsWith('-') || !TIME_ZONE_PART.test(part),
    );
  if (isMalformed) return [invalid(field, name, `unknown time zone ${name}`)];
  const errors: FieldError[] = [];
  if (name.toLowerCase() === 'local') {
    const detail =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalid(field, name, detail));
  }
  const problem = validateTimeZoneName(name);
  if (problem !== null) errors.push(invalid(field, name, problem));
  return errors;
}
