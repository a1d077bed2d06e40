import { checkExpression } from './checker/checker.ts';
import { validateExpression } from './checker/validators.ts';
import { declaredSizes, estimateCost } from './cost/estimate.ts';
import type { SizeEstimator } from './cost/estimate-node.ts';
import type { Range } from './cost/range.ts';
import type { Environment } from './environment.ts';
import { CostLimitExceeded, Frame, PER_CALL_COST_LIMIT, type Evaluate } from './plan/frame.ts';
import { planProgram, ProgramError } from './plan/planner.ts';
import { walkExpression, type Expression } from './syntax/expression.ts';
import { parse } from './syntax/parser.ts';
import { CompileError, Source } from './syntax/source.ts';
import { DYN, type CelType } from './types/cel-type.ts';
import { isError } from './values/error-value.ts';
import { adaptJSON } from './values/json-values.ts';
import type { Value } from './values/value.ts';

export interface EvaluateOptions {
  /** Units after which the evaluation is cancelled; PER_CALL_COST_LIMIT without. */
  readonly costLimit?: number;
}

/** What an evaluation gave, and what it cost in either case. `exceeded` tells the cost limit from other errors. */
export type Evaluation =
  | { readonly value: Value; readonly error?: undefined; readonly cost: number }
  | {
      readonly value?: undefined;
      readonly error: string;
      readonly exceeded: boolean;
      readonly cost: number;
    };

/** An expression that compiled: evaluate it as often as needed. */
export class CompiledExpression {
  readonly outputType: CelType;
  /** Why no program can be made of it (a constant that fails to convert); evaluations give this error. */
  readonly programError: string | undefined;
  readonly #root: Expression;
  readonly #environment: Environment;
  readonly #evaluate: Evaluate | undefined;
  readonly #slotCount: number;
  /** Variables that the expression refers to, with their types; their slots are their indices. */
  readonly #used: readonly (readonly [name: string, type: CelType])[];

  constructor(root: Expression, environment: Environment) {
    this.#root = root;
    this.#environment = environment;
    this.outputType = root.type ?? DYN;
    const names = freeVariables(root);
    this.#used = Object.entries(environment.variables).filter(([name]) => names.has(name));
    try {
      const usedNames = this.#used.map(([name]) => name);
      const program = planProgram(root, environment.scope.functions, usedNames);
      this.#evaluate = program.evaluate;
      this.#slotCount = program.slotCount;
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      this.programError = error.message;
      this.#slotCount = 0;
    }
  }

  /** Whether the expression refers to a variable of the environment. */
  uses(name: string): boolean {
    return this.#used.some(([used]) => used === name);
  }

  /** Least and most that it can cost; sizes are those of the declared types unless an estimator tells them. */
  estimateCost(sizes: SizeEstimator = declaredSizes(this.#environment.variables)): Range {
    return estimateCost(this.#root, sizes);
  }

  /**
   * Evaluates with the variables given: JSON, which is read as the declared types while it is needed,
   * or values of this package. A variable that is absent is an error where it is read.
   */
  evaluate(
    variables: Readonly<Record<string, unknown>>,
    { costLimit = PER_CALL_COST_LIMIT }: EvaluateOptions = {},
  ): Evaluation {
    if (this.#evaluate === undefined) {
      return { error: this.programError ?? '', exceeded: false, cost: 0 };
    }
    const slots: (Value | undefined)[] = Array.from({ length: this.#slotCount });
    this.#used.forEach(([name, type], slot) => {
      const raw = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (raw !== undefined) slots[slot] = adaptJSON(type, raw);
    });
    const frame = new Frame(slots, costLimit);
    try {
      const value = this.#evaluate(frame);
      const { cost } = frame;
      return isError(value) ? { error: value.message, exceeded: false, cost } : { value, cost };
    } catch (error) {
      const { cost } = frame;
      if (error instanceof CostLimitExceeded) return { error: error.message, exceeded: true, cost };
      // Data that nests deeper than the stack is the caller's, not a bug; cel-go says it like this.
      if (error instanceof RangeError) {
        return { error: `internal error: ${error.message}`, exceeded: false, cost };
      }
      throw error;
    }
  }
}

/** Names that are not bound by a comprehension around them. */
function freeVariables(root: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  walkExpression(root, (node, ancestors) => {
    if (node.kind !== 'identifier' || node.constant !== undefined) return;
    const isBound = ancestors.some((ancestor, i) => {
      if (ancestor.kind !== 'comprehension') return false;
      const child = ancestors[i + 1] ?? node;
      if (child === ancestor.range || child === ancestor.initial) return false;
      if (node.name === ancestor.accumulator) return true;
      if (child === ancestor.result) return false;
      return node.name === ancestor.variable || node.name === ancestor.variable2;
    });
    if (!isBound) names.add(node.name);
  });
  return names;
}

/**
 * Compiles an expression: parses it, gives every part its type, and plans its evaluation.
 * Throws a CompileError with all complaints, as cel-go prints them.
 */
export function compile(expression: string, environment: Environment): CompiledExpression {
  const source = new Source(expression);
  const root = parse(source);
  const issues = checkExpression(root, environment.scope, source);
  if (issues.length === 0) issues.push(...validateExpression(root, source));
  if (issues.length > 0) throw new CompileError(source, issues);
  return new CompiledExpression(root, environment);
}
