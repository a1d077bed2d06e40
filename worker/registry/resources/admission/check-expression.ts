import type { Environment } from '../../../../cel/environment.ts';
import { DYN, type CelType } from '../../../../cel/types/cel-type.ts';
import { type FieldError, internalError, invalid } from '../../../../apimachinery/field-error.ts';
import { compileExpression } from '../../admission/expressions/compile-expression.ts';

/** What is wrong with an expression, and of what type its value is (`dyn` where that is unknown). */
export interface CheckedExpression {
  readonly errors: FieldError[];
  readonly type: CelType;
}

/**
 * Compiles an expression of a policy or of a webhook's match conditions, as the API server does when
 * one is written. Without `types` it may be of any type.
 */
export function checkExpression(
  expression: string,
  environment: Environment,
  field: string,
  types?: readonly CelType[],
): CheckedExpression {
  const compiled = compileExpression(expression, environment, types);
  if (compiled.fault === undefined) return { errors: [], type: compiled.expression.outputType };
  const { fault, isInternal } = compiled;
  const error = isInternal ? internalError(field, fault) : invalid(field, expression, fault);
  return { errors: [error], type: DYN };
}
