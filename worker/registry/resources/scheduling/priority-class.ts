import type { PriorityClass } from 'kubernetes-types/scheduling/v1.js';
import {
  type FieldError,
  forbidden,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../../strategy.ts';
import { MAX_USER_PRIORITY, systemPriority } from './system-priority-classes.ts';

const SYSTEM_PREFIX = 'system-';
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];

const classOf = (object: KubernetesObject): Partial<PriorityClass> =>
  object as unknown as Partial<PriorityClass>;

export const priorityClassStrategy: Strategy = {
  setDefaults(object) {
    classOf(object).preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate: validateClass,
  validateUpdate(object, old) {
    const [{ value = 0, preemptionPolicy }, before] = [classOf(object), classOf(old)];
    return [
      ...(value === (before.value ?? 0)
        ? []
        : [forbidden('value', 'may not be changed in an update.')]),
      ...immutable(preemptionPolicy, before.preemptionPolicy, 'preemptionPolicy'),
    ];
  },
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  keepsGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateClass(object: KubernetesObject): FieldError[] {
  const { value = 0, preemptionPolicy: policy } = classOf(object);
  const name = object.metadata.name ?? '';
  const errors: FieldError[] = [];
  if (name.startsWith(SYSTEM_PREFIX)) {
    const problem = systemClassProblem(name, classOf(object));
    if (problem !== undefined) {
      const detail = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${problem}`;
      errors.push(forbidden('metadata.name', detail));
    }
  } else if (value > MAX_USER_PRIORITY) {
    const detail = `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`;
    errors.push(forbidden('value', detail));
  }
  if (policy === '') errors.push(required('preemptionPolicy'));
  else if (policy !== undefined && !PREEMPTION_POLICIES.includes(policy)) {
    errors.push(notSupported('preemptionPolicy', policy, PREEMPTION_POLICIES));
  }
  return errors;
}

function systemClassProblem(name: string, fields: Partial<PriorityClass>): string | undefined {
  const wanted = systemPriority(name);
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if ((fields.value ?? 0) !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return fields.globalDefault === true
    ? `globalDefault of ${name} PriorityClass must be false`
    : undefined;
}
