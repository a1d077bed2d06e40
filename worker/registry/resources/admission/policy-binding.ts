import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import {
  type MatchResources,
  type ParamRef,
  setMatchDefaults,
  validateMatchResources,
  validateParamRef,
} from './match-resources.ts';
import { validateMutableOperations } from './mutating-policy.ts';

interface BindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
  validationActions?: string[] | null;
}

const ACTIONS = ['Audit', 'Deny', 'Warn'];

const specOf = (object: KubernetesObject): BindingSpec => object.spec ?? {};

export const validatingBindingStrategy = newBindingStrategy((spec) => [
  ...validateReferences(spec),
  // Upstream spells it so in its errors.
  ...validateMatchResources(spec.matchResources, 'spec.matchResouces'),
  ...validateActions(spec.validationActions ?? [], 'spec.validationActions'),
]);

export const mutatingBindingStrategy = newBindingStrategy((spec) => {
  const at = 'spec.matchResources';
  return [
    ...validateReferences(spec),
    ...validateMatchResources(spec.matchResources, at),
    ...validateMutableOperations(spec.matchResources ?? {}, at),
  ];
});

function newBindingStrategy(validateSpec: (spec: BindingSpec) => FieldError[]): Strategy {
  const validate = (object: KubernetesObject): FieldError[] => validateSpec(specOf(object));
  return {
    setDefaults: (object) => setMatchDefaults(specOf(object).matchResources),
    validate,
    validateUpdate: validate,
    validateName: nameIsDNSSubdomain,
    hasGeneration: true,
    allowUnconditionalUpdate: false,
  };
}

function validateReferences({ policyName = '', paramRef }: BindingSpec): FieldError[] {
  const field = 'spec.policyName';
  return [
    ...(policyName === ''
      ? [required(field)]
      : nameIsDNSSubdomain(policyName, false).map((m) => invalid(field, policyName, m))),
    ...validateParamRef(paramRef, 'spec.paramRef'),
  ];
}

function validateActions(actions: readonly string[], field: string): FieldError[] {
  const seen = new Set<string>();
  const errors = actions.flatMap((action, i) => {
    const problems = ACTIONS.includes(action)
      ? []
      : [notSupported(`${field}[${i}]`, action, ACTIONS)];
    if (seen.has(action)) problems.push(duplicate(`${field}[${i}]`, action));
    seen.add(action);
    return problems;
  });
  if (seen.has('Deny') && seen.has('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(field, actions, detail));
  }
  return seen.size === 0
    ? [...errors, required(field, 'at least one validation action is required')]
    : errors;
}
