import type { JobSpec, JobStatus } from 'kubernetes-types/batch/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  invalidWithoutValue,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { notNegative } from '../workload.ts';
import { countIndexes, firstOverlap } from './index-intervals.ts';

type Spec = Partial<JobSpec>;

/** A job's status with the conditions that rules are about read once. */
interface Reading {
  readonly status: JobStatus;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly finished: boolean;
  readonly failureTarget: boolean;
  readonly criteriaMet: boolean;
}

const CONDITIONS = 'status.conditions';

function read(object: KubernetesObject): Reading {
  const status: JobStatus = object.status ?? {};
  const is = (type: string): boolean =>
    (status.conditions ?? []).some((c) => c.type === type && c.status === 'True');
  const [complete, failed] = [is('Complete'), is('Failed')];
  return {
    status,
    complete,
    failed,
    finished: complete || failed,
    failureTarget: is('FailureTarget'),
    criteriaMet: is('SuccessCriteriaMet'),
  };
}

/**
 * Validates a change of a job's status, whoever manages the job (KEP-4368). Most rules look only at
 * what changed: a status that broke one of them before may still be written otherwise.
 */
export function validateJobStatusUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const spec: Spec = object.spec ?? {};
  const [now, before] = [read(object), read(old)];
  return [
    ...validateCounts(now.status),
    ...validateUncounted(now.status),
    ...validateCompletion(now, before),
    ...validateFinished(now, before),
    ...validateIndexes(spec, now.status, before.status),
    ...validatePodCounts(now, before),
    ...validateCriteria(spec, now),
    ...validateTransition(spec, now, before),
  ];
}

function validateCounts(status: JobStatus): FieldError[] {
  return (['active', 'succeeded', 'failed', 'ready', 'terminating'] as const).flatMap((name) =>
    notNegative(status[name], `status.${name}`),
  );
}

function validateUncounted({ uncountedTerminatedPods: uncounted }: JobStatus): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncounted?.[list] ?? []).flatMap((uid, i) => {
      const at = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === '') return [invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

const isSet = (time: string | null | undefined): time is string => Boolean(time);

function validateCompletion(now: Reading, before: Reading): FieldError[] {
  const errors: FieldError[] = [];
  const { startTime, completionTime } = now.status;
  const completeChanged = now.complete !== before.complete;
  const startChanged = startTime !== before.status.startTime;
  const completionChanged = completionTime !== before.status.completionTime;
  if ((completeChanged || now.failed !== before.failed) && now.complete && now.failed) {
    errors.push(
      invalidWithoutValue(CONDITIONS, 'cannot set Complete=True and Failed=true conditions'),
    );
  }
  if (
    (completeChanged || now.failureTarget !== before.failureTarget) &&
    now.complete &&
    now.failureTarget
  ) {
    const detail = 'cannot set Complete=True and FailureTarget=true conditions';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  const field = 'status.completionTime';
  if (completeChanged || completionChanged) {
    if (isSet(completionTime) && !now.complete) {
      const detail = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(invalid(field, completionTime, detail));
    }
    if (!isSet(completionTime) && now.complete) {
      errors.push(required(field, 'completionTime is required for Complete jobs'));
    }
  }
  if (
    (startChanged || completionChanged) &&
    isSet(startTime) &&
    isSet(completionTime) &&
    Date.parse(completionTime) < Date.parse(startTime)
  ) {
    errors.push(invalid(field, completionTime, 'completionTime cannot be set before startTime'));
  }
  if (now.failed !== before.failed && now.failed && !now.failureTarget) {
    const detail = 'cannot set Failed=True condition without the FailureTarget=true condition';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  if (completeChanged && now.complete && !now.criteriaMet) {
    const detail =
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  return errors;
}

function validateFinished(now: Reading, before: Reading): FieldError[] {
  const { status } = now;
  const errors: FieldError[] = [];
  const changed = now.finished !== before.finished;
  const { active = 0, startTime, uncountedTerminatedPods } = status;
  const activeChanged = active !== (before.status.active ?? 0);
  if ((changed || activeChanged) && now.finished && active > 0) {
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  }
  if ((changed || startTime !== before.status.startTime) && now.finished && !isSet(startTime)) {
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  }
  const uncounted =
    (uncountedTerminatedPods?.failed ?? []).length +
    (uncountedTerminatedPods?.succeeded ?? []).length;
  const uncountedChanged = !deepEqual(
    uncountedTerminatedPods,
    before.status.uncountedTerminatedPods,
  );
  if ((changed || uncountedChanged) && now.finished && uncounted > 0) {
    // As upstream's internal type prints it.
    const shown = {
      Succeeded: uncountedTerminatedPods?.succeeded ?? null,
      Failed: uncountedTerminatedPods?.failed ?? null,
    };
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(invalid('status.uncountedTerminatedPods', shown, detail));
  }
  return errors;
}

function validatePodCounts(now: Reading, before: Reading): FieldError[] {
  const { status } = now;
  const { active = 0, terminating = 0, ready } = status;
  const errors: FieldError[] = [];
  const terminatingChanged = status.terminating !== before.status.terminating;
  if ((now.finished !== before.finished || terminatingChanged) && now.finished && terminating > 0) {
    const detail = 'terminating>0 is invalid for finished job';
    errors.push(invalid('status.terminating', terminating, detail));
  }
  const changed = ready !== before.status.ready || active !== (before.status.active ?? 0);
  if (changed && ready !== undefined && ready > active) {
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return errors;
}

function validateIndexes(spec: Spec, now: JobStatus, before: JobStatus): FieldError[] {
  const errors: FieldError[] = [];
  const { completedIndexes = '', failedIndexes } = now;
  const completedChanged = completedIndexes !== (before.completedIndexes ?? '');
  const failedChanged = failedIndexes !== before.failedIndexes;
  const { completions, backoffLimitPerIndex } = spec;
  const [completedField, failedField] = ['status.completedIndexes', 'status.failedIndexes'];
  if (completedChanged && completions !== undefined) {
    errors.push(...validateFormat(completedIndexes, completions, completedField));
  }
  if (
    failedChanged &&
    completions !== undefined &&
    backoffLimitPerIndex !== undefined &&
    failedIndexes !== undefined
  ) {
    errors.push(...validateFormat(failedIndexes, completions, failedField));
  }
  if (completedChanged && completedIndexes !== '' && spec.completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid(completedField, completedIndexes, detail));
  }
  if (failedIndexes === undefined) return errors;
  if (failedChanged && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid(failedField, failedIndexes, detail));
  }
  if ((failedChanged || completedChanged) && completions !== undefined) {
    const index = firstOverlap(completedIndexes, failedIndexes, completions);
    if (index !== undefined) {
      const detail = `failedIndexes and completedIndexes overlap at index: ${index}`;
      errors.push(invalid(failedField, failedIndexes, detail));
    }
  }
  return errors;
}

function validateFormat(text: string, completions: number, field: string): FieldError[] {
  try {
    countIndexes(text, completions);
    return [];
  } catch (error) {
    const name = field.slice(field.indexOf('.') + 1);
    const reason = error instanceof Error ? error.message : String(error);
    return [invalid(field, text, `error parsing ${name}: ${reason}`)];
  }
}

function validateCriteria(spec: Spec, now: Reading): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (detail: string): void => {
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  };
  if (now.criteriaMet && now.failed) {
    refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  }
  if (now.criteriaMet && now.failureTarget) {
    refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  }
  if (spec.successPolicy !== undefined && !now.criteriaMet && now.complete) {
    refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  }
  return errors;
}

function validateTransition(spec: Spec, now: Reading, before: Reading): FieldError[] {
  const errors: FieldError[] = [];
  const terminal: [string, keyof Reading][] = [
    ['Failed', 'failed'],
    ['Complete', 'complete'],
    ['FailureTarget', 'failureTarget'],
  ];
  for (const [type, key] of terminal) {
    if (before[key] === true && now[key] !== true) {
      const detail = `cannot disable the terminal ${type}=True condition`;
      errors.push(invalidWithoutValue(CONDITIONS, detail));
    }
  }
  const counter = (name: 'failed' | 'succeeded'): void => {
    const value = now.status[name] ?? 0;
    if (value < (before.status[name] ?? 0)) {
      errors.push(invalid(`status.${name}`, value, `cannot decrease the ${name} counter`));
    }
  };
  counter('failed');
  // An indexed job whose completions follow its parallelism can be scaled down.
  if (spec.completionMode !== 'Indexed' || spec.completions !== spec.parallelism) {
    counter('succeeded');
  }
  const { completionTime, startTime } = now.status;
  const [completedBefore, startedBefore] = [before.status.completionTime, before.status.startTime];
  if (isSet(completionTime) && isSet(completedBefore) && completionTime !== completedBefore) {
    const detail = 'completionTime cannot be mutated';
    errors.push(invalid('status.completionTime', completionTime, detail));
  }
  if (isSet(startedBefore) && startTime !== startedBefore && spec.suspend !== true) {
    const detail = 'startTime cannot be removed for unsuspended job';
    errors.push(required('status.startTime', detail));
  }
  if (before.criteriaMet && !now.criteriaMet) {
    const detail = 'cannot disable the SuccessCriteriaMet=True condition';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  if (before.complete && !before.criteriaMet && now.criteriaMet) {
    const detail =
      'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.push(invalidWithoutValue(CONDITIONS, detail));
  }
  return errors;
}
