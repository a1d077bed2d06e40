import { quoteText } from '../../../../apimachinery/field-error.ts';
import { DYN, type CelType } from '../../../../cel/types/cel-type.ts';
import { ErrorValue } from '../../../../cel/values/error-value.ts';
import { MapValue } from '../../../../cel/values/map-value.ts';
import type { Value } from '../../../../cel/values/value.ts';
import { newPolicyEnvironment, type PolicyVariables, variableType } from '../policy-environment.ts';
import { type Compilation, compileExpression } from './compile-expression.ts';

/** The variables that a policy declares: how each is computed, and what others see of its type. */
export interface VariableDeclarations {
  readonly compiled: ReadonlyMap<string, Compilation>;
  readonly types: ReadonlyMap<string, CelType>;
}

/** Compiles the variables of a policy, each of which may use those before it. */
export function compileVariables(
  declared: readonly { readonly name?: string; readonly expression?: string }[],
  options: Omit<PolicyVariables, 'variables'>,
): VariableDeclarations {
  const types = new Map<string, CelType>();
  const compiled = new Map<string, Compilation>();
  const environment = newPolicyEnvironment({ ...options, variables: types });
  for (const { name = '', expression = '' } of declared) {
    const compilation = compileExpression(expression, environment);
    compiled.set(name, compilation);
    types.set(
      name,
      compilation.fault === undefined ? variableType(compilation.expression.outputType) : DYN,
    );
  }
  return { compiled, types };
}

/** The variable `variables` of one evaluation: what is read is computed, once. */
export class ComposedVariables extends MapValue {
  readonly #compiled: ReadonlyMap<string, Compilation>;
  readonly #values = new Map<string, Value>();
  #cost = 0;
  /** All variables that expressions see, this one among them. */
  readonly scope: Readonly<Record<string, unknown>>;

  constructor({ compiled }: VariableDeclarations, values: Readonly<Record<string, unknown>>) {
    super();
    this.#compiled = compiled;
    this.scope = { ...values, variables: this };
  }

  override get size(): number {
    return this.#compiled.size;
  }

  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const compiled = this.#compiled.get(key);
    if (compiled === undefined) return undefined;
    const value = this.#compute(key, compiled);
    this.#values.set(key, value);
    return value;
  }

  override keys(): Iterable<Value> {
    return this.#compiled.keys();
  }

  /** What was spent on variables since the last time that this was asked. */
  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  #compute(name: string, compiled: Compilation): Value {
    const told = `composited variable ${quoteText(name)}`;
    if (compiled.fault !== undefined) {
      return new ErrorValue(`${told} fails to compile: ${compiled.fault}`);
    }
    const evaluation = compiled.expression.evaluate(this.scope);
    this.#cost += evaluation.cost;
    return evaluation.error === undefined
      ? evaluation.value
      : new ErrorValue(`${told} fails to evaluate: ${evaluation.error}`);
  }
}
