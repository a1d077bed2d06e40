import type { LeaseSpec } from 'kubernetes-types/coordination/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateQualifiedName } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';

type Fields = LeaseSpec & { strategy?: string; preferredHolder?: string };

const specOf = (object: KubernetesObject): Fields => object.spec ?? {};

export const leaseStrategy: Strategy = {
  prepareForCreate: (object) => dropElection(object, {}),
  validate: validateLease,
  prepareForUpdate: (object, old) => dropElection(object, specOf(old)),
  validateUpdate: validateLease,
  validateName: nameIsDNSSubdomain,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

/** Coordinated leader election is off by default: its fields stay where they are, and do not come. */
function dropElection(object: KubernetesObject, before: Fields): void {
  const spec = specOf(object);
  if (before.strategy === undefined) delete spec.strategy;
  if (before.preferredHolder === undefined) delete spec.preferredHolder;
}

/** The ways to elect a leader that the API server itself knows (KEP-4355). */
const STRATEGIES = ['OldestEmulationVersion'];

function validateLease(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    const detail = 'must be greater than 0';
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, detail));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, detail));
  }
  if (strategy !== undefined) errors.push(...validateStrategy(strategy));
  if (preferredHolder && !strategy) {
    const detail = 'may only be specified if `strategy` is defined';
    errors.push(forbidden('spec.preferredHolder', detail));
  }
  return errors;
}

/** Upstream names the field twice. */
function validateStrategy(strategy: string): FieldError[] {
  const field = 'spec.strategy.strategy';
  if (strategy.includes('/')) {
    return validateQualifiedName(strategy).map((m) => invalid(field, strategy, m));
  }
  return STRATEGIES.includes(strategy) ? [] : [notSupported(field, strategy, STRATEGIES)];
}
