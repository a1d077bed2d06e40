import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from 'kubernetes-types/policy/v1.js';
import { validateConditions } from '../../../apimachinery/validate-conditions.ts';
import { type FieldError, invalid, notSupported } from '../../../apimachinery/field-error.ts';
import { validateLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';
import { validateAtMostAll, validateIntOrPercent } from './int-or-percent.ts';
import { keepStatus, newStatusSubresource } from './status-subresource.ts';
import { notNegative } from './workload.ts';

type BudgetSpec = PodDisruptionBudgetSpec & { unhealthyPodEvictionPolicy?: string };

const specOf = (object: KubernetesObject): BudgetSpec => object.spec ?? {};

export const podDisruptionBudgetStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = {
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    };
  },
  validate: validateBudget,
  prepareForUpdate: keepStatus,
  validateUpdate: validateBudget,
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: newStatusSubresource((object) => {
      const status = (object.status ?? {}) as Partial<PodDisruptionBudgetStatus>;
      return [
        ...validateConditions(status.conditions ?? [], 'status.conditions'),
        ...COUNTS.flatMap((count) => notNegative(status[count], `status.${count}`)),
      ];
    }),
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
};

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;
const UNHEALTHY_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

function validateBudget(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[field];
    if (value === undefined) continue;
    errors.push(
      ...validateIntOrPercent(value, `spec.${field}`),
      ...validateAtMostAll(value, `spec.${field}`),
    );
  }
  errors.push(...validateLabelSelector(selector, 'spec.selector'));
  return policy === undefined || UNHEALTHY_POLICIES.includes(policy)
    ? errors
    : [...errors, notSupported('spec.unhealthyPodEvictionPolicy', policy, UNHEALTHY_POLICIES)];
}
