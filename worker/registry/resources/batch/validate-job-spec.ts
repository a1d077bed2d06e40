import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { validateDomainPrefixedPath } from '../domain-prefixed-path.ts';
import { validatePodTemplate } from '../pod/template.ts';
import { notNegative } from '../workload.ts';
import { countIndexes } from './index-intervals.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';

const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
/** Beyond so many completions the other limits are lower: the status has to name them all. */
const MANY_COMPLETIONS = 100_000;
const LIMIT_OF_MANY = 10_000;
const MAX_MANAGED_BY_BYTES = 63;
const MAX_SUCCEEDED_INDEXES_BYTES = 64 * 1024;
const MAX_SUCCESS_RULES = 20;
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

type Spec = Partial<JobSpec>;

/** Validates a job's spec but for its selector (pkg/apis/batch/validation, validateJobSpec). */
export function validateJobSpec(spec: Spec, path: string): FieldError[] {
  const errors = COUNTS.flatMap((name) => notNegative(spec[name], `${path}.${name}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  errors.push(...validateManagedBy(spec.managedBy, `${path}.managedBy`));
  errors.push(...validateCompletionMode(spec, path));
  if (spec.podFailurePolicy !== undefined) {
    errors.push(...validatePodFailurePolicy(spec, `${path}.podFailurePolicy`));
  }
  errors.push(...validateSuccessPolicy(spec, `${path}.successPolicy`));
  errors.push(...validatePodReplacementPolicy(spec, `${path}.podReplacementPolicy`));
  errors.push(...validatePodTemplate(spec.template, `${path}.template`));
  return [...errors, ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`)];
}

function validateManagedBy(name: string | undefined, field: string): FieldError[] {
  if (name === undefined) return [];
  return [
    ...validateDomainPrefixedPath(name, field),
    ...(byteLength(name) > MAX_MANAGED_BY_BYTES ? [tooLong(field, MAX_MANAGED_BY_BYTES)] : []),
  ];
}

function validateCompletionMode(spec: Spec, path: string): FieldError[] {
  const mode = spec.completionMode;
  if (mode === undefined || mode === 'NonIndexed') {
    return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((name) =>
      spec[name] === undefined
        ? []
        : [invalid(`${path}.${name}`, spec[name], 'requires indexed completion mode')],
    );
  }
  if (mode !== 'Indexed') {
    return [notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed'])];
  }
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const errors: FieldError[] = [];
  if (completions === undefined) {
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  const atMost = (
    name: 'parallelism' | 'maxFailedIndexes',
    value: number | undefined,
    limit: number,
    why: string,
  ): void => {
    if (value === undefined || value <= limit) return;
    errors.push(invalid(`${path}.${name}`, value, `must be less than or equal to ${limit}${why}`));
  };
  atMost('parallelism', parallelism, MAX_INDEXED_PARALLELISM, ' when completion mode is Indexed');
  if (completions !== undefined && (maxFailedIndexes ?? 0) > completions) {
    const detail = 'must be less than or equal to completions';
    errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, detail));
  }
  atMost('maxFailedIndexes', maxFailedIndexes, MAX_FAILED_INDEXES, '');
  if ((completions ?? 0) <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return errors;
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(`${path}.maxFailedIndexes`, detail));
  }
  const why = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  atMost('parallelism', parallelism, LIMIT_OF_MANY, why);
  atMost('maxFailedIndexes', maxFailedIndexes, LIMIT_OF_MANY, why);
  return errors;
}

function validateSuccessPolicy(spec: Spec, path: string): FieldError[] {
  const policy = spec.successPolicy;
  if (policy === undefined) return [];
  if (spec.completionMode !== 'Indexed') {
    return [invalid(path, shownPolicy(policy), 'requires indexed completion mode')];
  }
  const rules = policy.rules ?? [];
  const field = `${path}.rules`;
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified';
    errors.push(required(field, detail));
  }
  if (rules.length > MAX_SUCCESS_RULES) {
    errors.push(tooMany(field, rules.length, MAX_SUCCESS_RULES));
  }
  // Without completions there is nothing to hold the rules against; that is an error by itself.
  const { completions } = spec;
  if (completions === undefined) return errors;
  return [
    ...errors,
    ...rules.flatMap((rule, i) => validateSuccessRule(rule, completions, `${field}[${i}]`)),
  ];
}

type SuccessPolicy = NonNullable<JobSpec['successPolicy']>;
type SuccessRule = SuccessPolicy['rules'][number];

/** As upstream's internal type prints it. */
function shownPolicy(policy: SuccessPolicy): object {
  return {
    Rules: (policy.rules ?? []).map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    })),
  };
}

function validateSuccessRule(rule: SuccessRule, completions: number, path: string): FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    const detail = 'at least one of succeededCount or succeededIndexes must be specified';
    return [required(path, detail)];
  }
  const errors: FieldError[] = [];
  let total = 0;
  if (indexes !== undefined) {
    const field = `${path}.succeededIndexes`;
    if (byteLength(indexes) > MAX_SUCCEEDED_INDEXES_BYTES) {
      errors.push(tooLong(field, MAX_SUCCEEDED_INDEXES_BYTES));
    }
    try {
      total = countIndexes(indexes, completions);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      errors.push(invalid(field, indexes, `error parsing succeededIndexes: ${reason}`));
    }
  }
  if (count === undefined) return errors;
  const field = `${path}.succeededCount`;
  errors.push(...notNegative(count, field));
  const limit = 'must be less than or equal to';
  if (count > completions) {
    const detail = `${limit} ${completions} (the number of specified completions)`;
    errors.push(invalid(field, count, detail));
  }
  if (indexes !== undefined && count > total) {
    const detail = `${limit} ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(invalid(field, count, detail));
  }
  return errors;
}

function validatePodReplacementPolicy(spec: Spec, field: string): FieldError[] {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return [];
  const valid =
    spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return valid.includes(policy) ? [] : [notSupported(field, policy, valid)];
}

function validateRestartPolicy(spec: Spec, field: string): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') {
    return [required(field, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(field, policy, ['OnFailure', 'Never'])];
  }
  if (spec.podFailurePolicy === undefined || policy === 'Never') return [];
  return [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
