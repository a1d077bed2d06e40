import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { quantityOf } from '../resource-names.ts';
import { NOT_NEGATIVE } from '../workload.ts';
import { type RuleFields, type SpecFields, specOf } from './types.ts';
import { type ReferenceOptions, validateReference, versionProblem } from './validate-reference.ts';
import { validateMetric } from './validate-metric.ts';

const MIN_REPLICAS = 1;
const MAX_STABILIZATION_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

/** Validates an autoscaler (pkg/apis/autoscaling/validation); `old` is given on updates. */
export function validateAutoscaler(object: KubernetesObject, old?: KubernetesObject): FieldError[] {
  const before = old === undefined ? undefined : specOf(old);
  const spec = specOf(object);
  const { minReplicas, maxReplicas = 0, behavior } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < MIN_REPLICAS) {
    const detail = `must be greater than or equal to ${MIN_REPLICAS}`;
    errors.push(invalid('spec.minReplicas', minReplicas, detail));
  }
  if (maxReplicas < 1)
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    errors.push(invalid('spec.maxReplicas', maxReplicas, detail));
  }
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef', targetOptions(spec, before)),
    ...(spec.metrics ?? []).flatMap((metric, i) =>
      validateMetric(metric, `spec.metrics[${i}]`, objectOptions(before)),
    ),
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
}

/** What can be scaled is in groups, all but replication controllers. */
function targetOptions(spec: SpecFields, old: SpecFields | undefined): ReferenceOptions {
  const { kind, apiVersion } = spec.scaleTargetRef ?? {};
  const before = old?.scaleTargetRef;
  const isKept =
    old !== undefined && kind === before?.kind && (apiVersion ?? '') === (before?.apiVersion ?? '');
  return { allowsAnyVersion: isKept, allowsCoreGroup: kind === 'ReplicationController' };
}

/** Versions that could not be read once are not looked at again. */
function objectOptions(old: SpecFields | undefined): ReferenceOptions {
  const options = { allowsCoreGroup: true };
  const hadProblem = (old?.metrics ?? []).some(
    ({ type, object }) =>
      type === 'Object' &&
      object !== undefined &&
      versionProblem(object.describedObject, options) !== undefined,
  );
  return { ...options, allowsAnyVersion: hadProblem };
}

function validateRules(rules: RuleFields | undefined, path: string): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: seconds = 0, selectPolicy, policies, tolerance } = rules;
  const errors: FieldError[] = [];
  const field = `${path}.stabilizationWindowSeconds`;
  if (seconds < 0) errors.push(invalid(field, seconds, 'must be greater than or equal to zero'));
  if (seconds > MAX_STABILIZATION_SECONDS) {
    const detail = `must be less than or equal to ${MAX_STABILIZATION_SECONDS}`;
    errors.push(invalid(field, seconds, detail));
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, SELECT_POLICIES));
  }
  if ((policies ?? []).length === 0) {
    errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  }
  (policies ?? []).forEach((policy, i) => {
    errors.push(...validatePolicy(policy, `${path}.policies[${i}]`));
  });
  const share = quantityOf(tolerance);
  if (share !== undefined && share.nano < 0n) {
    errors.push(invalid(`${path}.tolerance`, share.toString(), NOT_NEGATIVE));
  }
  return errors;
}

function validatePolicy(
  policy: { type?: string; value?: number; periodSeconds?: number },
  path: string,
): FieldError[] {
  const { type = '', value = 0, periodSeconds = 0 } = policy;
  const errors: FieldError[] = [];
  if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, POLICY_TYPES));
  const positive = 'must be greater than zero';
  if (value <= 0) errors.push(invalid(`${path}.value`, value, positive));
  if (periodSeconds <= 0) errors.push(invalid(`${path}.periodSeconds`, periodSeconds, positive));
  if (periodSeconds > MAX_PERIOD_SECONDS) {
    const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
    errors.push(invalid(`${path}.periodSeconds`, periodSeconds, detail));
  }
  return errors;
}
