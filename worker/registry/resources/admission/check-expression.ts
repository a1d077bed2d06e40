import { compile } from '../../../../cel/compile.ts';
import type { Environment } from '../../../../cel/environment.ts';
import { CompileError } from '../../../../cel/syntax/source.ts';
import { DYN, isSameType, typeName, type CelType } from '../../../../cel/types/cel-type.ts';
import { type FieldError, internalError, invalid } from '../../../../apimachinery/field-error.ts';

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
  const refuse = (detail: string): CheckedExpression => ({
    errors: [invalid(field, expression, detail)],
    type: DYN,
  });
  try {
    const { outputType, programError } = compile(expression, environment);
    if (types !== undefined && !types.some((type) => isSameType(type, outputType))) {
      const names = types.map(typeName).join(' ');
      const wanted = types.length === 1 ? names : `one of [${names}]`;
      return refuse(`must evaluate to ${wanted} but got ${typeName(outputType)}`);
    }
    if (programError === undefined) return { errors: [], type: outputType };
    const detail = `program instantiation failed: ${programError}`;
    return { errors: [internalError(field, detail)], type: DYN };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return refuse(`compilation failed: ${error.message}`);
  }
}
