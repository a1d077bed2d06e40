import type { Environment } from '../../../../cel/environment.ts';
import { BOOL } from '../../../../cel/types/cel-type.ts';
import { compileExpression } from './compile-expression.ts';
import type { VariableDeclarations } from './composed-variables.ts';
import { evaluateAll, type Expression, MATCH_CONDITIONS_COST_BUDGET } from './evaluate.ts';

/** What match conditions come to; an error only where the failure policy is to fail. */
export type ConditionResult = boolean | { readonly error: string };

/** Conditions that all have to be true for a webhook or a policy to have a say. */
export class MatchConditions {
  readonly #expressions: readonly Expression[];
  readonly #failurePolicy: string;
  readonly #declarations: VariableDeclarations | undefined;

  constructor(
    conditions: readonly { readonly expression?: string }[],
    environment: Environment,
    failurePolicy: string | undefined,
    declarations?: VariableDeclarations,
  ) {
    this.#expressions = conditions.map(({ expression = '' }) => ({
      text: expression,
      compiled: compileExpression(expression, environment, [BOOL]),
    }));
    this.#failurePolicy = failurePolicy ?? 'Fail';
    this.#declarations = declarations;
  }

  /** One condition that is false decides, whatever is wrong with others. */
  match(values: Readonly<Record<string, unknown>>): ConditionResult {
    const evaluations = evaluateAll(
      this.#expressions,
      values,
      MATCH_CONDITIONS_COST_BUDGET,
      this.#declarations,
    );
    if (evaluations.failure !== undefined) return this.#failed([evaluations.failure]);
    if (
      evaluations.results.some((result) => result.error === undefined && result.value === false)
    ) {
      return false;
    }
    const errors = evaluations.results.flatMap(({ error }) => error ?? []);
    return errors.length === 0 || this.#failed(errors);
  }

  #failed(errors: readonly string[]): ConditionResult {
    return this.#failurePolicy === 'Ignore' ? false : { error: aggregate(errors) };
  }
}

/** Go's text of an aggregate of errors: each once. */
function aggregate(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}
