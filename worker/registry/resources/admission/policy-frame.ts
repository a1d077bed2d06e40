import type { CelType } from '../../../../cel/types/cel-type.ts';
import { type FieldError, notSupported, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newPolicyEnvironment, type PolicyVariables } from '../../admission/policy-environment.ts';
import { type MatchCondition, validateMatchConditions } from './match-conditions.ts';
import {
  type MatchResources,
  type ParamKind,
  setMatchDefaults,
  validateMatchResources,
  validateParamKind,
} from './match-resources.ts';
import { checkVariables, type Variable } from './policy-variables.ts';
import { FAILURE_POLICIES } from './webhook-configuration.ts';

/** What policies that validate and those that mutate have in common. */
export interface PolicySpec {
  failurePolicy?: string;
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

export function setPolicyDefaults(object: KubernetesObject): void {
  object.spec ??= {};
  const spec = object.spec as PolicySpec;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

/**
 * Validates the common part. `judgesConditions` is false where the match conditions are as they
 * were. Returns the types of the policy's variables as well, for its other expressions.
 */
export function validatePolicyFrame(
  spec: PolicySpec,
  options: Omit<PolicyVariables, 'variables'>,
  judgesConditions: boolean,
  validateConstraints: (resources: MatchResources) => FieldError[] = () => [],
): { readonly errors: FieldError[]; readonly types: ReadonlyMap<string, CelType> | undefined } {
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [] } = spec;
  const errors: FieldError[] = [];
  if (failurePolicy === undefined) errors.push(required('spec.failurePolicy'));
  else if (!FAILURE_POLICIES.includes(failurePolicy)) {
    errors.push(notSupported('spec.failurePolicy', failurePolicy, FAILURE_POLICIES));
  }
  if (paramKind !== undefined) errors.push(...validateParamKind(paramKind, 'spec.paramKind'));
  const at = 'spec.matchConstraints';
  if (matchConstraints === undefined) errors.push(required(at));
  else {
    errors.push(...validateMatchResources(matchConstraints, at));
    if ((matchConstraints.resourceRules ?? []).length === 0) {
      errors.push(required(`${at}.resourceRules`));
    }
    errors.push(...validateConstraints(matchConstraints));
  }
  if (judgesConditions) {
    const environment = newPolicyEnvironment({ ...options, hasPatchTypes: false });
    errors.push(...validateMatchConditions(matchConditions, environment, 'spec.matchConditions'));
  }
  const variables = checkVariables(spec.variables ?? [], options, 'spec.variables');
  return { errors: [...errors, ...variables.errors], types: variables.types };
}
