import { compile, type CompiledExpression } from '../../../../cel/compile.ts';
import { type Environment, newEnvironment } from '../../../../cel/environment.ts';
import { CompileError } from '../../../../cel/syntax/source.ts';
import { BOOL, isSameType, optionalOf, STRING } from '../../../../cel/types/cel-type.ts';
import { findFieldPath } from './field-path.ts';
import type { JSONSchema, ValidationRule } from '../schema/json-schema.ts';
import { rulesOf } from '../schema/json-schema.ts';
import { type DeclaredType, declaredType, MAX_REQUEST_BYTES } from './declared-type.ts';

/** What messages call the type of `self`. Upstream makes the number up anew for every compilation. */
const SELF_TYPE = 'selfType0';

/** One rule, compiled. What is wrong with it is told when a definition is validated. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly expression?: CompiledExpression;
  readonly error?: string;
  readonly usesOldSelf: boolean;
  /** Most that one evaluation can cost. */
  readonly maxCost: bigint;
  readonly message?: CompiledExpression;
  readonly messageError?: string;
  readonly messageMaxCost: bigint;
  /** Where the fault is, below the value that is validated: `.a['b']`, in the form of error paths. */
  readonly fieldPath: string;
}

export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  /** How many values of the schema fit into one request. */
  readonly maxCardinality: bigint;
}

/** The type of `self` at a schema; undefined where rules cannot be. */
export const selfType = (schema: JSONSchema, isResourceRoot: boolean): DeclaredType | undefined =>
  declaredType(schema, isResourceRoot, SELF_TYPE);

/** Compiles the rules of one schema, not those below it. `schema` says what field paths there are. */
export function compileRules(schema: JSONSchema, self: DeclaredType): CompiledRules {
  const { type } = self;
  const plain = newEnvironment({ variables: { self: type, oldSelf: type } });
  const optional = newEnvironment({ variables: { self: type, oldSelf: optionalOf(type) } });
  return {
    rules: rulesOf(schema).map((rule) =>
      compileRule(schema, rule, rule.optionalOldSelf === true ? optional : plain),
    ),
    maxCardinality: BigInt(Math.trunc(MAX_REQUEST_BYTES / (self.minBytes + 1))),
  };
}

const NOTHING = { usesOldSelf: false, maxCost: 0n, messageMaxCost: 0n, fieldPath: '' };

function compileRule(
  schema: JSONSchema,
  rule: ValidationRule,
  environment: Environment,
): CompiledRule {
  if (rule.rule.trim() === '') return { rule, ...NOTHING };
  const compiled = tryCompile(rule.rule, environment);
  if (typeof compiled === 'string') {
    return { rule, ...NOTHING, error: `compilation failed: ${compiled}` };
  }
  if (!isSameType(compiled.outputType, BOOL)) {
    return { rule, ...NOTHING, error: 'cel expression must evaluate to a bool' };
  }
  const usesOldSelf = compiled.uses('oldSelf');
  if (compiled.programError !== undefined) {
    const error = `program instantiation failed: ${compiled.programError}`;
    return { rule, ...NOTHING, usesOldSelf, error };
  }
  const maxCost = compiled.estimateCost().max;
  const path = rule.fieldPath ? findFieldPath(rule.fieldPath, schema) : undefined;
  return {
    rule,
    expression: compiled,
    usesOldSelf,
    maxCost,
    ...compileMessage(rule.messageExpression ?? '', environment),
    fieldPath: path !== undefined && 'path' in path ? path.path : '',
  };
}

function compileMessage(
  text: string,
  environment: Environment,
): Pick<CompiledRule, 'message' | 'messageError' | 'messageMaxCost'> {
  if (text === '') return { messageMaxCost: 0n };
  const compiled = tryCompile(text, environment);
  if (typeof compiled === 'string') {
    return {
      messageMaxCost: 0n,
      messageError: `messageExpression compilation failed: ${compiled}`,
    };
  }
  if (!isSameType(compiled.outputType, STRING)) {
    return { messageMaxCost: 0n, messageError: 'messageExpression must evaluate to a string' };
  }
  if (compiled.programError !== undefined) {
    const messageError = `messageExpression instantiation failed: ${compiled.programError}`;
    return { messageMaxCost: 0n, messageError };
  }
  return { message: compiled, messageMaxCost: compiled.estimateCost().max };
}

function tryCompile(text: string, environment: Environment): CompiledExpression | string {
  try {
    return compile(text, environment);
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}
