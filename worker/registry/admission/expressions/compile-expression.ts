import { compile, type CompiledExpression } from '../../../../cel/compile.ts';
import type { Environment } from '../../../../cel/environment.ts';
import { CompileError } from '../../../../cel/syntax/source.ts';
import { isSameType, typeName, type CelType } from '../../../../cel/types/cel-type.ts';

/** An expression that is ready to be evaluated, or what is wrong with it in upstream's words. */
export type Compilation =
  | { readonly expression: CompiledExpression; readonly fault?: undefined }
  | {
      readonly fault: string;
      /** Whether the types are right, and only no program can be made of it. */
      readonly isInternal: boolean;
    };

/**
 * Compiles an expression of a policy or of a match condition. Without `types` it may be of any
 * type.
 */
export function compileExpression(
  text: string,
  environment: Environment,
  types?: readonly CelType[],
): Compilation {
  try {
    const expression = compile(text, environment);
    const { outputType, programError } = expression;
    if (types !== undefined && !types.some((type) => isSameType(type, outputType))) {
      const names = types.map(typeName).join(' ');
      const wanted = types.length === 1 ? names : `one of [${names}]`;
      const fault = `must evaluate to ${wanted} but got ${typeName(outputType)}`;
      return { fault, isInternal: false };
    }
    return programError === undefined
      ? { expression }
      : { fault: `program instantiation failed: ${programError}`, isInternal: true };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { fault: `compilation failed: ${error.message}`, isInternal: false };
  }
}
