import { callCost } from '../cost/call-cost.ts';
import { CONVERSION_NAMES } from '../library/conversions.ts';
import type { FunctionTable } from '../library/declaration.ts';
import { compilePattern } from '../library/pattern.ts';
import { PATTERN_FUNCTIONS } from '../library/regex.ts';
import type {
  CallExpression,
  ComprehensionExpression,
  Expression,
  ListExpression,
  MapExpression,
  SelectExpression,
  StructExpression,
} from '../syntax/expression.ts';
import { DYN } from '../types/cel-type.ts';
import { ErrorValue, isError } from '../values/error-value.ts';
import { ArrayList, ListValue } from '../values/list-value.ts';
import type { Value } from '../values/value.ts';
import { addQualifier, resolveAttribute, type Attribute, type Qualifier } from './attribute.ts';
import { planFold } from './fold.ts';
import { Frame, type Evaluate } from './frame.ts';
import { planFunction } from './function-call.ts';
import { listLiteral, mapLiteral, structLiteral } from './literals.ts';
import { alternative, constantMembership, equality, isHashable, shortCircuit } from './logic.ts';
import { BINARY_OPERATIONS, UNARY_OPERATIONS } from './operations.ts';

/** A program that cannot be made of an expression that has the right types: a constant that fails. */
export class ProgramError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProgramError';
  }
}

/** A part of the program: known already, an attribute that may get more steps, or anything else. */
type Step =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'attribute'; readonly attribute: Attribute; readonly price: number }
  | { readonly kind: 'computed'; readonly evaluate: Evaluate };

const constant = (value: Value): Step => ({ kind: 'constant', value });
const computed = (evaluate: Evaluate): Step => ({ kind: 'computed', evaluate });

/** Of constants, which cost nothing and need no frame. */
const newDetachedFrame = (): Frame => new Frame([], Number.POSITIVE_INFINITY);

class Planner {
  readonly #functions: FunctionTable;
  /** Slots of the variables of the environment, and of comprehensions while they are planned. */
  readonly #slots = new Map<string, number>();
  slotCount = 0;

  constructor(functions: FunctionTable, variables: readonly string[]) {
    this.#functions = functions;
    for (const name of variables) this.#slots.set(name, this.slotCount++);
  }

  plan(node: Expression): Evaluate {
    return toEvaluate(this.#step(node));
  }

  #step(node: Expression): Step {
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'identifier':
        if (node.constant !== undefined) return constant(node.constant);
        return {
          kind: 'attribute',
          price: 1,
          attribute: {
            kind: 'variable',
            slot: this.#slots.get(node.name) ?? this.#newSlot(node.name),
            name: node.name,
            qualifiers: [],
          },
        };
      case 'select':
        return node.constant === undefined ? this.#select(node) : constant(node.constant);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'struct':
        return this.#struct(node);
      case 'comprehension':
        return computed(this.#comprehension(node));
    }
  }

  #newSlot(name: string): number {
    const slot = this.slotCount++;
    this.#slots.set(name, slot);
    return slot;
  }

  /** The operand as an attribute that steps can be added to. */
  #attribute(node: Expression): Attribute {
    const step = this.#step(node);
    if (step.kind === 'attribute') return step.attribute;
    return { kind: 'value', evaluate: toEvaluate(step), qualifiers: [] };
  }

  #select(node: SelectExpression): Step {
    const attribute = this.#attribute(node.operand);
    const key = { constant: node.field };
    addQualifier(attribute, { optional: false, presenceOnly: node.testOnly, key });
    if (!node.testOnly) return attributeStep(attribute);
    // Asking is free but for the steps, which upstream takes off again even where it was not charged.
    return { kind: 'attribute', attribute, price: attribute.kind === 'conditional' ? -1 : 0 };
  }

  #index(node: CallExpression, optional: boolean): Step {
    const [operand, index] = node.args;
    if (operand === undefined || index === undefined) throw new Error('an index has two operands');
    const attribute = this.#attribute(operand);
    const step = this.#step(index);
    const key: Qualifier['key'] =
      step.kind === 'constant'
        ? { constant: step.value }
        : // An index that is a variable costs its steps but not itself.
          {
            evaluate: step.kind === 'attribute' ? resolveAttribute(step.attribute) : step.evaluate,
          };
    addQualifier(attribute, { optional, presenceOnly: false, key });
    return attributeStep(attribute);
  }

  #call(node: CallExpression): Step {
    switch (node.functionName) {
      case '_[_]':
        return this.#index(node, false);
      case '_[?_]':
      case '_?._':
        return this.#index(node, true);
      case '_?_:_':
        return this.#conditional(node);
      case '_&&_':
        return computed(shortCircuit(this.#terms(node), false));
      case '_||_':
        return computed(shortCircuit(this.#terms(node), true));
      case '@not_strictly_false': {
        const operand = toEvaluate(this.#operands(node)[0]);
        return computed((frame) => {
          const value = operand(frame);
          frame.charge(1);
          return typeof value === 'boolean' ? value : true;
        });
      }
      case '@in':
        return this.#membership(node);
      case 'or':
      case 'orValue':
        return computed(
          alternative(...this.#evaluatedOperands(node), node.functionName === 'orValue'),
        );
      default:
        return this.#function(node);
    }
  }

  #operands(node: CallExpression): readonly [Step, Step] {
    const all = node.target === undefined ? node.args : [node.target, ...node.args];
    const [first, second] = all.map((operand) => this.#step(operand));
    return [first ?? constant(null), second ?? constant(null)];
  }

  #evaluatedOperands(node: CallExpression): readonly [Evaluate, Evaluate] {
    const [first, second] = this.#operands(node);
    return [toEvaluate(first), toEvaluate(second)];
  }

  /** All terms of a chain of the same operator, so that long ones do not nest. */
  #terms(node: CallExpression): Evaluate[] {
    return node.args.flatMap((arg) =>
      arg.kind === 'call' && arg.functionName === node.functionName
        ? this.#terms(arg)
        : [this.plan(arg)],
    );
  }

  #conditional(node: CallExpression): Step {
    const [condition, truthy, falsy] = node.args;
    if (condition === undefined || truthy === undefined || falsy === undefined) {
      throw new Error('a conditional has three operands');
    }
    const attribute: Attribute = {
      kind: 'conditional',
      condition: this.plan(condition),
      truthy: this.#attribute(truthy),
      falsy: this.#attribute(falsy),
    };
    return attributeStep(attribute);
  }

  #membership(node: CallExpression): Step {
    const [element, container] = this.#operands(node);
    const isListOnly = node.overloads?.length === 1 && node.overloads[0] === 'in_list';
    if (isListOnly && container.kind === 'constant' && container.value instanceof ListValue) {
      const { value: list } = container;
      if (list.size === 0) return constant(false);
      const isPrimitive = list.toArray().every(isHashable);
      if (isPrimitive) return computed(constantMembership(toEvaluate(element), list));
    }
    return this.#function(node, [element, container]);
  }

  #function(node: CallExpression, given?: readonly Step[]): Step {
    const all = node.target === undefined ? node.args : [node.target, ...node.args];
    const steps = given ?? all.map((operand) => this.#step(operand));
    const overload = node.overloads?.length === 1 ? node.overloads[0] : undefined;
    const evaluate = this.#callEvaluate(node.functionName, overload, steps.map(toEvaluate));
    const [only] = steps;
    if (CONVERSION_NAMES.has(node.functionName) && only?.kind === 'constant') {
      const value = evaluate(newDetachedFrame());
      if (isError(value)) throw new ProgramError(value.message);
      return constant(value);
    }
    const pattern = steps[1];
    if (
      PATTERN_FUNCTIONS.has(node.functionName) &&
      pattern?.kind === 'constant' &&
      typeof pattern.value === 'string'
    ) {
      const compiled = compilePattern(pattern.value);
      if (compiled instanceof ErrorValue) throw new ProgramError(compiled.message);
    }
    return computed(evaluate);
  }

  #callEvaluate(
    name: string,
    overload: string | undefined,
    operands: readonly Evaluate[],
  ): Evaluate {
    const [first, second] = operands;
    if (name === '_==_' || name === '_!=_') {
      if (first === undefined || second === undefined) throw new Error(`${name} has two operands`);
      return equality(first, second, name === '_!=_');
    }
    const price = callCost(name, overload);
    const unary = UNARY_OPERATIONS.get(name);
    if (unary !== undefined && first !== undefined) {
      return (frame) => {
        const value = first(frame);
        const result = isError(value) ? value : unary(value);
        frame.charge(1);
        return result;
      };
    }
    const binary = BINARY_OPERATIONS.get(name);
    if (binary !== undefined && first !== undefined && second !== undefined) {
      const isUnit = name !== '@in';
      return (frame) => {
        const a = first(frame);
        if (isError(a)) return a;
        const b = second(frame);
        const result = isError(b) ? b : binary(a, b);
        // Of numbers the price is one unit, whatever the overload; only `in` looks at its container.
        frame.charge(isUnit && typeof a === 'bigint' ? 1 : price([a, b], result));
        return result;
      };
    }
    const declaration = this.#functions.get(name);
    if (declaration === undefined) throw new Error(`no function ${name}`);
    return planFunction(declaration, overload, operands, price);
  }

  #list(node: ListExpression): Step {
    const steps = node.elements.map((element) => this.#step(element));
    if (steps.every((step) => step.kind === 'constant') && node.optionalIndices.size === 0) {
      return constant(new ArrayList(steps.map(({ value }) => value)));
    }
    return computed(listLiteral(steps.map(toEvaluate), node.optionalIndices));
  }

  #map(node: MapExpression): Step {
    const entries = node.entries.map(({ key, value, optional }) => ({
      key: this.#step(key),
      value: this.#step(value),
      optional,
    }));
    const evaluate = mapLiteral(
      entries.map(({ key, value, optional }) => ({
        key: toEvaluate(key),
        value: toEvaluate(value),
        optional,
      })),
    );
    const isConstant = entries.every(
      ({ key, value, optional }) =>
        key.kind === 'constant' && value.kind === 'constant' && !optional,
    );
    return isConstant ? constant(evaluate(newDetachedFrame())) : computed(evaluate);
  }

  #struct(node: StructExpression): Step {
    const fields = node.fields.map(({ name, value, optional }) => ({
      name,
      optional,
      value: this.plan(value),
    }));
    return computed(structLiteral(node.type ?? DYN, fields));
  }

  #comprehension(node: ComprehensionExpression): Evaluate {
    const range = this.plan(node.range);
    const initial = this.#step(node.initial);
    const names = [node.accumulator, node.variable, node.variable2];
    const outer = names.map((name) => (name === undefined ? undefined : this.#slots.get(name)));
    const slots = names.map((name) => (name === undefined ? -1 : this.#newSlot(name)));
    const condition = this.#step(node.condition);
    const step = this.plan(node.step);
    // The result sees the accumulator, and of the names that the variables hid what was there before.
    this.#restore(names.slice(1), outer.slice(1));
    const result = this.plan(node.result);
    this.#restore(names, outer);
    const [accumulator = -1, variable = -1, variable2 = -1] = slots;
    return planFold({
      range,
      initial: toEvaluate(initial),
      collects: initial.kind === 'constant' ? initial.value : undefined,
      condition: condition.kind === 'constant' ? condition.value : toEvaluate(condition),
      step,
      result,
      accumulator,
      variable,
      variable2: node.variable2 === undefined ? undefined : variable2,
    });
  }

  #restore(names: readonly (string | undefined)[], outer: readonly (number | undefined)[]): void {
    names.forEach((name, i) => {
      if (name === undefined) return;
      const slot = outer[i];
      if (slot === undefined) this.#slots.delete(name);
      else this.#slots.set(name, slot);
    });
  }
}

function attributeStep(attribute: Attribute): Step {
  // The choice between attributes is free; only what it chooses costs.
  return { kind: 'attribute', attribute, price: attribute.kind === 'conditional' ? 0 : 1 };
}

function toEvaluate(step: Step): Evaluate {
  switch (step.kind) {
    case 'constant': {
      const { value } = step;
      return () => value;
    }
    case 'computed':
      return step.evaluate;
    case 'attribute': {
      const resolve = resolveAttribute(step.attribute);
      const { price } = step;
      if (price === 0) return resolve;
      return (frame) => {
        const value = resolve(frame);
        frame.charge(price);
        return value;
      };
    }
  }
}

/**
 * Turns a checked tree into closures. The variables get the first slots, in their order.
 * Throws a ProgramError when a constant conversion or pattern fails.
 */
export function planProgram(
  root: Expression,
  functions: FunctionTable,
  variables: readonly string[],
): { evaluate: Evaluate; slotCount: number } {
  const planner = new Planner(functions, variables);
  const evaluate = planner.plan(root);
  return { evaluate, slotCount: planner.slotCount };
}
