import { compile } from '../compile.ts';
import type { SizeEstimator } from '../cost/estimate-node.ts';
import { newEnvironment } from '../environment.ts';
import type { LabelRequirement } from '../../apimachinery/label-requirement.ts';
import { AuthorizerValue, type Authorize, type Parsed } from '../library/authorizer.ts';
import { CompileError } from '../syntax/source.ts';
import { typeName, type CelType } from '../types/cel-type.ts';
import { parseTypeName, tagValue, toVariable, type Tagged } from './vector-values.ts';

export interface Vector {
  readonly id: string;
  readonly in: {
    readonly expression: string;
    readonly env?: 'mutation';
    readonly vars?: readonly { name: string; type: string; value?: unknown }[];
    readonly sizes?: Readonly<Record<string, number>>;
  };
  readonly out: {
    readonly compileError?: string;
    readonly outputType?: string;
    readonly estimatedCost?: readonly [string, string];
    readonly programError?: string;
    readonly cost?: string;
    readonly result?: Tagged;
    readonly runtimeError?: string;
    readonly checks?: readonly unknown[];
  };
}

interface AuthorizerInput {
  readonly user: string;
  readonly groups: readonly string[];
  readonly rules: readonly Readonly<Record<string, string>>[];
}

function requirementsOf<T>(selector: Parsed<T> | undefined): T | undefined {
  return selector?.error === undefined ? selector?.requirements : undefined;
}

const formatRequirement = ({ key, operator, values }: LabelRequirement): string =>
  operator === 'in' ? `${key} in (${values.join(',')})` : `${key}${operator}${values.join(',')}`;

/** The first rule whose attributes are all equal decides. */
function newAuthorize(rules: AuthorizerInput['rules'], asked: unknown[]): Authorize {
  return (attributes) => {
    const { fieldSelector, labelSelector } = attributes;
    const shown: Record<string, unknown> = {
      user: attributes.user.name,
      groups: attributes.user.groups,
      verb: attributes.verb,
      path: attributes.path,
      group: attributes.apiGroup,
      version: attributes.apiVersion,
      resource: attributes.resource,
      subresource: attributes.subresource,
      namespace: attributes.namespace,
      name: attributes.name,
      fieldSelector: requirementsOf(fieldSelector)
        ?.map(({ field, operator, value }) => `${field}${operator}${value}`)
        .join(','),
      fieldSelectorError: fieldSelector?.error,
      labelSelector: requirementsOf(labelSelector)?.map(formatRequirement).join(','),
      labelSelectorError: labelSelector?.error,
    };
    asked.push(shown);
    const rule = rules.find((candidate) =>
      Object.entries(candidate).every(
        ([key, value]) =>
          ['decision', 'reason', 'error'].includes(key) ||
          JSON.stringify(shown[key]) === JSON.stringify(value),
      ),
    );
    return {
      allowed: rule?.['decision'] === 'allow',
      reason: rule?.['reason'] ?? '',
      ...(rule?.['error'] !== undefined && { error: rule['error'] }),
    };
  };
}

/** Everything that a vector says, as this package has it. */
export function answer(vector: Vector): Vector['out'] {
  const { expression, env = 'kubernetes', vars = [], sizes = {} } = vector.in;
  const types: Record<string, CelType> = {};
  const values: Record<string, unknown> = {};
  const checks: unknown[] = [];
  for (const { name, type, value } of vars) {
    const parsed = parseTypeName(type);
    types[name] = parsed;
    if (value === undefined) continue;
    if (type.endsWith('Authorizer')) {
      const { user, groups, rules } = value as AuthorizerInput;
      values[name] = new AuthorizerValue({ name: user, groups }, newAuthorize(rules, checks));
    } else values[name] = toVariable(parsed, value);
  }
  const estimator: SizeEstimator = (path) => {
    const size = path === undefined ? undefined : sizes[path.join('.')];
    return size === undefined ? undefined : { min: 0n, max: BigInt(size) };
  };
  try {
    const compiled = compile(expression, newEnvironment({ variables: types, libraries: env }));
    const estimate = compiled.estimateCost(estimator);
    const common = {
      outputType: typeName(compiled.outputType),
      estimatedCost: [String(estimate.min), String(estimate.max)] as const,
    };
    if (compiled.programError !== undefined) {
      return { ...common, programError: compiled.programError };
    }
    const evaluation = compiled.evaluate(values);
    return {
      ...common,
      cost: String(evaluation.cost),
      ...(evaluation.error === undefined
        ? { result: tagValue(evaluation.value) }
        : { runtimeError: evaluation.error }),
      ...(vars.some(({ type }) => type.endsWith('Authorizer')) && { checks }),
    };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { compileError: error.message };
  }
}

/** Of syntax errors the fact counts, not the parser generator's wording. */
export function comparable(out: Vector['out']): Vector['out'] {
  if (out.compileError?.includes('Syntax error') === true) return { compileError: 'syntax' };
  if (out.checks === undefined) return out;
  // An attribute that is not told is empty.
  const checks = out.checks.map((check) =>
    Object.fromEntries(
      Object.entries(check as object).filter(
        ([, value]) => value !== '' && value !== undefined && value !== null && value !== false,
      ),
    ),
  );
  return { ...out, checks };
}
