import { listOf, structType, type CelType } from '../../../../cel/types/cel-type.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { MutatingSpec } from '../../resources/admission/mutating-policy.ts';
import { compileExpression } from '../expressions/compile-expression.ts';
import { compileVariables, type VariableDeclarations } from '../expressions/composed-variables.ts';
import type { Expression } from '../expressions/evaluate.ts';
import { MatchConditions } from '../expressions/match-conditions.ts';
import { newPolicyEnvironment } from '../policy-environment.ts';

export type PatchType = 'ApplyConfiguration' | 'JSONPatch';

export interface CompiledMutation extends Expression {
  readonly patchType: PatchType;
}

/** The expressions of a MutatingAdmissionPolicy, compiled. */
export interface MutatingExpressions {
  readonly conditions: MatchConditions | undefined;
  readonly variables: VariableDeclarations | undefined;
  readonly mutations: readonly CompiledMutation[];
  /** Whether it is evaluated again when something changed after it. */
  readonly isReinvoked: boolean;
}

/** What the expression of a mutation has to give. */
const RESULT_TYPES: Readonly<Record<PatchType, CelType>> = {
  ApplyConfiguration: structType('Object'),
  JSONPatch: listOf(structType('JSONPatch')),
};

export function compileMutatingPolicy(policy: KubernetesObject): MutatingExpressions {
  const spec = (policy['spec'] ?? {}) as MutatingSpec;
  const { mutations = [], matchConditions = [] } = spec;
  const options = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const variables = spec.variables?.length ? compileVariables(spec.variables, options) : undefined;
  const declared = {
    ...options,
    ...(variables === undefined ? {} : { variables: variables.types }),
  };
  const environment = newPolicyEnvironment({ ...declared, hasPatchTypes: true });
  return {
    conditions:
      matchConditions.length === 0
        ? undefined
        : new MatchConditions(
            matchConditions,
            newPolicyEnvironment(declared),
            spec.failurePolicy,
            variables,
          ),
    variables,
    mutations: mutations.map(({ patchType, applyConfiguration, jsonPatch }) => {
      const type = patchType === 'JSONPatch' ? patchType : 'ApplyConfiguration';
      const { expression: text = '' } =
        (type === 'JSONPatch' ? jsonPatch : applyConfiguration) ?? {};
      const compiled = compileExpression(text, environment, [RESULT_TYPES[type]]);
      return { patchType: type, text, compiled };
    }),
    isReinvoked: spec.reinvocationPolicy === 'IfNeeded',
  };
}
