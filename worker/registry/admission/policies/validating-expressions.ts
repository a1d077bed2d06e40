import { BOOL, NULL, STRING, type CelType } from '../../../../cel/types/cel-type.ts';
import type { Environment } from '../../../../cel/environment.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type {
  AuditAnnotation,
  Validation,
  ValidatingSpec,
} from '../../resources/admission/validating-policy.ts';
import { compileExpression } from '../expressions/compile-expression.ts';
import { compileVariables, type VariableDeclarations } from '../expressions/composed-variables.ts';
import type { Expression } from '../expressions/evaluate.ts';
import { MatchConditions } from '../expressions/match-conditions.ts';
import { newPolicyEnvironment } from '../policy-environment.ts';

/** The expressions of a ValidatingAdmissionPolicy, compiled. */
export interface ValidatingExpressions {
  readonly conditions: MatchConditions | undefined;
  readonly variables: VariableDeclarations | undefined;
  readonly validations: readonly Compiled<Validation>[];
  /** Of the validations that have one. */
  readonly messages: readonly Expression[];
  readonly annotations: readonly Compiled<AuditAnnotation>[];
}

export interface Compiled<S> extends Expression {
  readonly source: S;
}

export function compileValidatingPolicy(policy: KubernetesObject): ValidatingExpressions {
  const spec = (policy['spec'] ?? {}) as ValidatingSpec;
  const { validations = [], auditAnnotations = [], matchConditions = [] } = spec;
  const options = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const variables = spec.variables?.length ? compileVariables(spec.variables, options) : undefined;
  const types = variables === undefined ? {} : { variables: variables.types };
  const environment = newPolicyEnvironment({ ...options, ...types });
  const forMessages = newPolicyEnvironment({ ...options, hasAuthorizer: false, ...types });
  return {
    conditions:
      matchConditions.length === 0
        ? undefined
        : new MatchConditions(matchConditions, environment, spec.failurePolicy, variables),
    variables,
    validations: validations.map((source) => ({
      source,
      ...newExpression(source.expression, environment, [BOOL]),
    })),
    messages: validations.flatMap(({ messageExpression = '' }) =>
      messageExpression === '' ? [] : newExpression(messageExpression, forMessages, [STRING]),
    ),
    annotations: auditAnnotations.map((source) => ({
      source,
      ...newExpression(source.valueExpression, environment, [STRING, NULL]),
    })),
  };
}

const newExpression = (
  text = '',
  environment: Environment,
  types: readonly CelType[],
): Expression => ({ text, compiled: compileExpression(text, environment, types) });
