import type { LeaseSpec } from 'kubernetes-types/coordination/v1.js';
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';

export const leaseStrategy: Strategy = {
  validate: validateLease,
  validateUpdate: validateLease,
  validateName: nameIsDNSSubdomain,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

function validateLease(object: KubernetesObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = (object.spec ?? {}) as LeaseSpec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    const detail = 'must be greater than 0';
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, detail));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, detail));
  }
  return errors;
}
