import type { JobSpec, PodFailurePolicyRule } from 'kubernetes-types/batch/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  invalidWithoutValue,
  notSupported,
  required,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import { validateQualifiedName } from '../../../../apimachinery/names.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

type Condition = NonNullable<PodFailurePolicyRule['onPodConditions']>[number];

/** Go's `%q` of a list of strings. */
const quotedList = (values: readonly string[]): string =>
  `valid values: [${values.map((v) => JSON.stringify(v)).join(' ')}]`;

/** A required member of a set, whose members are named either way. */
function validateMember(
  value: string | undefined,
  valid: readonly string[],
  field: string,
): FieldError[] {
  if (!value) return [required(field, quotedList(valid))];
  return valid.includes(value) ? [] : [notSupported(field, value, valid)];
}

export function validatePodFailurePolicy(spec: Partial<JobSpec>, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const pod = spec.template?.spec;
  const names = new Set(
    [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name),
  );
  return [
    ...(rules.length > MAX_RULES ? [tooMany(`${path}.rules`, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) => validateRule(spec, rule, `${path}.rules[${i}]`, names)),
  ];
}

function validateRule(
  spec: Partial<JobSpec>,
  rule: PodFailurePolicyRule,
  path: string,
  containers: ReadonlySet<string>,
): FieldError[] {
  const conditions: readonly Partial<Condition>[] = rule.onPodConditions ?? [];
  const errors =
    rule.action === 'FailIndex'
      ? spec.backoffLimitPerIndex === undefined
        ? [invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set')]
        : []
      : validateMember(rule.action, ACTIONS, `${path}.action`);
  if (rule.onExitCodes !== undefined) {
    errors.push(...validateExitCodes(rule.onExitCodes, `${path}.onExitCodes`, containers));
  }
  if (conditions.length > MAX_CONDITIONS) {
    errors.push(tooMany(`${path}.onPodConditions`, conditions.length, MAX_CONDITIONS));
  }
  conditions.forEach(({ type = '', status }, i) => {
    const at = `${path}.onPodConditions[${i}]`;
    errors.push(
      ...validateQualifiedName(type).map((m) => invalid(`${at}.type`, type, m)),
      ...validateMember(status, STATUSES, `${at}.status`),
    );
  });
  const hasCodes = rule.onExitCodes !== undefined;
  if (hasCodes && conditions.length > 0) {
    const detail = 'specifying both OnExitCodes and OnPodConditions is not supported';
    errors.push(invalidWithoutValue(path, detail));
  } else if (!hasCodes && conditions.length === 0) {
    const detail = 'specifying one of OnExitCodes and OnPodConditions is required';
    errors.push(invalidWithoutValue(path, detail));
  }
  return errors;
}

function validateExitCodes(
  codes: Partial<NonNullable<PodFailurePolicyRule['onExitCodes']>>,
  path: string,
  containers: ReadonlySet<string>,
): FieldError[] {
  const { operator, containerName } = codes;
  const values = codes.values ?? [];
  const errors = validateMember(operator, OPERATORS, `${path}.operator`);
  if (containerName !== undefined && !containers.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, containerName, detail));
  }
  const field = `${path}.values`;
  if (values.length === 0) {
    errors.push(invalid(field, codes.values ?? null, 'at least one value is required'));
  } else if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(field, values.length, MAX_EXIT_CODES));
  }
  const seen = new Set<number>();
  values.forEach((value, i) => {
    const at = `${field}[${i}]`;
    if (operator === 'In' && value === 0) {
      errors.push(invalid(at, value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) errors.push(duplicate(at, value));
    seen.add(value);
  });
  if (values.some((value, i) => i > 0 && (values[i - 1] ?? value) > value)) {
    errors.push(invalid(field, values, 'must be ordered'));
  }
  return errors;
}
