import type { Value } from '../../../../cel/values/value.ts';
import type { Compilation } from './compile-expression.ts';
import { ComposedVariables, type VariableDeclarations } from './composed-variables.ts';

/** What all expressions of one policy may cost together (apiserver pkg/apis/cel RuntimeCELCostBudget). */
export const RUNTIME_COST_BUDGET = 10_000_000;
/** The same of the match conditions of a webhook or a policy, which come before. */
export const MATCH_CONDITIONS_COST_BUDGET = 2_500_000;

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** An expression with its text as it was written, which messages show. */
export interface Expression {
  readonly text: string;
  readonly compiled: Compilation;
}

export type Result =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: string };

/** One result per expression and what is left of the budget, or why nothing came of all of them. */
export type Evaluations =
  | { readonly results: readonly Result[]; readonly left: number; readonly failure?: undefined }
  | { readonly failure: string };

/**
 * Evaluates expressions one after the other against the same variables, until the budget is spent.
 * Variables of the policy are computed when one is first read, and paid for by whoever reads it.
 */
export function evaluateAll(
  expressions: readonly Expression[],
  values: Readonly<Record<string, unknown>>,
  budget: number,
  declarations?: VariableDeclarations,
): Evaluations {
  const composed =
    declarations === undefined ? undefined : new ComposedVariables(declarations, values);
  const variables = composed?.scope ?? values;
  const results: Result[] = [];
  let left = budget;
  for (const { text, compiled } of expressions) {
    if (compiled.fault !== undefined) {
      results.push({ error: `compilation error: ${compiled.fault}` });
      continue;
    }
    const evaluation = compiled.expression.evaluate(variables);
    for (const cost of [composed?.takeCost() ?? 0, evaluation.cost]) {
      if (cost > left) return { failure: OUT_OF_BUDGET };
      left -= cost;
    }
    results.push(
      evaluation.error === undefined
        ? { value: evaluation.value }
        : { error: `expression '${text}' resulted in error: ${evaluation.error}` },
    );
  }
  return { results, left };
}
