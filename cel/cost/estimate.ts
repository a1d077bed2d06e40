import type {
  CallExpression,
  ComprehensionExpression,
  Expression,
  ListExpression,
  MapExpression,
  SelectExpression,
} from '../syntax/expression.ts';
import { DYN, isOptionalType, parameterOf, type CelType } from '../types/cel-type.ts';
import { codePointCount } from '../values/size.ts';
import { kubernetesCallEstimate } from './call-estimate.ts';
import { LIST_CREATE_COST, MAP_CREATE_COST, STRUCT_CREATE_COST } from './constants.ts';
import { standardCallEstimate, type OperandCosts } from './standard-estimate.ts';
import type { CallEstimate, EstimateNode, SizeEstimator } from './estimate-node.ts';
import { extensionCallEstimate } from './list-estimate.ts';
import { fixed, MAX_UINT64, plus, times, union, UNKNOWN, ZERO, type Range } from './range.ts';

type Path = readonly string[];

/** Sizes of the keys (or indices) and of the values of a container that the expression builds. */
interface EntrySizes {
  readonly kind: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface LocalVariable {
  readonly path: Path | undefined;
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

const NO_ENTRIES: Range = { min: MAX_UINT64, max: 0n };

/**
 * Estimates what evaluating a checked expression can cost (cel-go checker/cost.go). What is known of a
 * node is kept by the node, and found out in the order in which upstream asks, which the result shows.
 */
class Estimation {
  readonly #estimator: SizeEstimator;
  readonly #paths = new Map<Expression, Path>();
  readonly #sizes = new Map<Expression, Range>();
  readonly #entries = new Map<Expression, EntrySizes>();
  readonly #locals = new Map<string, LocalVariable[]>();

  constructor(estimator: SizeEstimator) {
    this.#estimator = estimator;
  }

  cost(node: Expression): Range {
    switch (node.kind) {
      case 'literal':
        return ZERO;
      case 'identifier': {
        const local = this.#local(node.name);
        const path = local === undefined ? [node.name] : local.path;
        if (path !== undefined) this.#paths.set(node, path);
        return fixed(1);
      }
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'struct':
        return node.fields.reduce(
          (sum, { value }) => plus(sum, this.cost(value)),
          fixed(STRUCT_CREATE_COST),
        );
      case 'comprehension':
        return isBinding(node) ? this.#binding(node) : this.#comprehension(node);
    }
  }

  #select(node: SelectExpression): Range {
    const operand = this.cost(node.operand);
    // Presence tests are free in Kubernetes.
    if (node.testOnly) return operand;
    const path = this.#pathOf(node.operand);
    this.#paths.set(node, [...(path ?? []), node.field]);
    const { kind } = typeOf(node.operand);
    const hasPrice = kind === 'map' || kind === 'struct' || kind === 'typeParam';
    return hasPrice ? plus(operand, fixed(1)) : operand;
  }

  #call(node: CallExpression): Range {
    const [first] = node.args;
    if (node.functionName === 'dyn' && first !== undefined) {
      const cost = plus(fixed(1), this.cost(first));
      this.#copySizes(node, first);
      return cost;
    }
    const argCosts = node.args.map((arg) => this.cost(arg));
    const args = node.args.map((arg) => this.#node(arg));
    if (node.overloads === undefined || node.overloads.length === 0) return ZERO;
    const targetCost = node.target === undefined ? ZERO : this.cost(node.target);
    const target = node.target === undefined ? undefined : this.#node(node.target);

    let cost: Range = NO_ENTRIES;
    let size: Range | undefined;
    for (const overload of node.overloads) {
      const estimate = this.#function(node, overload, target, args, argCosts);
      cost = union(cost, estimate.cost);
      if (estimate.resultSize !== undefined) {
        size = size === undefined ? estimate.resultSize : union(size, estimate.resultSize);
      }
      const step = INDEX_STEPS.get(overload);
      if (step !== undefined && first !== undefined) {
        size = this.#entriesOf(first)?.value;
        this.#paths.set(node, [...(this.#pathOf(first) ?? []), step]);
      }
      size ??= this.#sizeOf(node);
    }
    if (size !== undefined) this.#sizes.set(node, size);
    return plus(targetCost, cost);
  }

  #function(
    node: CallExpression,
    overload: string,
    target: EstimateNode | undefined,
    args: readonly EstimateNode[],
    costs: OperandCosts,
  ): CallEstimate {
    const estimator = this.#estimator;
    const call = { functionName: node.functionName, overload, target, args, estimator };
    const special = extensionCallEstimate(call) ?? kubernetesCallEstimate(call);
    if (special !== undefined) {
      return { ...special, cost: costs.reduce(plus, special.cost) };
    }
    if (overload === 'conditional') {
      const [, truthy, falsy] = node.args;
      this.#setEntries(node, this.#unionEntries(truthy, falsy));
    } else if (ADDITIONS.has(overload)) {
      const [left, right] = node.args;
      this.#setEntries(node, this.#unionEntries(left, right));
    }
    return standardCallEstimate(overload, target, args, costs);
  }

  #unionEntries(a: Expression | undefined, b: Expression | undefined): EntrySizes | undefined {
    const left = a && this.#entriesOf(a);
    const right = b && this.#entriesOf(b);
    if (left === undefined || right === undefined) return undefined;
    const { kind } = left;
    return { kind, key: union(left.key, right.key), value: union(left.value, right.value) };
  }

  #list(node: ListExpression): Range {
    let cost = fixed(LIST_CREATE_COST);
    let value: Range = node.elements.length === 0 ? ZERO : NO_ENTRIES;
    for (const element of node.elements) {
      cost = plus(cost, this.cost(element));
      value = union(value, this.#sizeOf(element) ?? UNKNOWN);
    }
    this.#setEntries(node, { kind: 'list', key: fixed(1), value });
    return cost;
  }

  #map(node: MapExpression): Range {
    let cost = fixed(MAP_CREATE_COST);
    let key: Range = node.entries.length === 0 ? ZERO : NO_ENTRIES;
    let value = key;
    for (const entry of node.entries) {
      cost = plus(plus(cost, this.cost(entry.key)), this.cost(entry.value));
      key = union(key, this.#sizeOf(entry.key) ?? UNKNOWN);
      value = union(value, this.#sizeOf(entry.value) ?? UNKNOWN);
    }
    this.#setEntries(node, { kind: 'map', key, value });
    return cost;
  }

  #comprehension(node: ComprehensionExpression): Range {
    let cost = plus(this.cost(node.range), this.cost(node.initial));
    this.#push(node.accumulator, this.#bound(node.initial));
    if (node.variable2 === undefined) this.#push(node.variable, this.#iterated(node.range));
    else {
      this.#push(node.variable, this.#iteratedKey(node.range));
      this.#push(node.variable2, this.#iteratedValue(node.range));
    }
    const condition = this.cost(node.condition);
    const step = this.cost(node.step);
    this.#pop(node.variable);
    if (node.variable2 !== undefined) this.#pop(node.variable2);
    cost = plus(cost, this.cost(node.result));
    this.#pop(node.accumulator);

    const count = this.#sizeOf(node.range) ?? UNKNOWN;
    cost = plus(cost, times(count, plus(step, condition)));
    if (node.initial.kind === 'literal') {
      const size = this.#sizeOf(node.initial);
      if (size !== undefined) this.#sizes.set(node, size);
    } else if (node.initial.kind === 'list' || node.initial.kind === 'map') {
      this.#sizes.set(node, count);
      this.#setEntries(node, this.#entriesOf(node.step));
    }
    return cost;
  }

  #binding(node: ComprehensionExpression): Range {
    const cost = plus(this.cost(node.range), this.cost(node.initial));
    this.#push(node.accumulator, this.#bound(node.initial));
    const result = this.cost(node.result);
    this.#pop(node.accumulator);
    this.#copySizes(node, node.result);
    return plus(cost, result);
  }

  #push(name: string, variable: LocalVariable): void {
    const stack = this.#locals.get(name) ?? [];
    stack.push(variable);
    this.#locals.set(name, stack);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  #local(name: string): LocalVariable | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #bound(value: Expression): LocalVariable {
    return {
      path: this.#pathOf(value),
      size: this.#sizeOf(value),
      entries: this.#entriesOf(value),
    };
  }

  #iteratedKey(range: Expression): LocalVariable {
    const entries = this.#entriesOf(range);
    const isList = (entries?.kind ?? typeOf(range).kind) === 'list';
    return this.#iteration(range, isList ? '@indices' : '@keys', entries?.key);
  }

  #iteratedValue(range: Expression): LocalVariable {
    const entries = this.#entriesOf(range);
    const isList = (entries?.kind ?? typeOf(range).kind) === 'list';
    return this.#iteration(range, isList ? '@items' : '@values', entries?.value);
  }

  /** Elements of a list, keys of a map. */
  #iterated(range: Expression): LocalVariable {
    const entries = this.#entriesOf(range);
    const isList = (entries?.kind ?? typeOf(range).kind) === 'list';
    return isList ? this.#iteratedValue(range) : this.#iteratedKey(range);
  }

  #iteration(range: Expression, step: string, size: Range | undefined): LocalVariable {
    return { path: [...(this.#pathOf(range) ?? []), step], size, entries: undefined };
  }

  #pathOf(node: Expression): Path | undefined {
    if (node.kind === 'identifier') {
      const local = this.#local(node.name);
      if (local !== undefined) return local.path;
    }
    return this.#paths.get(node);
  }

  #node(expression: Expression): EstimateNode {
    const path = this.#pathOf(expression);
    // Accumulators are no input: nothing is known of them by their path.
    const isInput =
      path !== undefined && path.length > 0 && path[0]?.startsWith('@result') !== true;
    return {
      path: isInput ? path : undefined,
      type: typeOf(expression),
      expression,
      computedSize: this.#sizeOf(expression),
    };
  }

  #copySizes(to: Expression, from: Expression): void {
    const size = this.#sizeOf(from);
    if (size !== undefined) this.#sizes.set(to, size);
    this.#setEntries(to, this.#entriesOf(from));
  }

  #setEntries(node: Expression, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(node, entries);
  }

  #entriesOf(node: Expression): EntrySizes | undefined {
    const known = this.#entries.get(node);
    if (known !== undefined || node.kind !== 'identifier') return known;
    return this.#local(node.name)?.entries;
  }

  #sizeOf(node: Expression): Range | undefined {
    const known = this.#sizes.get(node) ?? literalSize(node);
    if (known !== undefined) return known;
    const estimated = this.#estimator(this.#pathOf(node), typeOf(node));
    if (estimated !== undefined) {
      this.#sizes.set(node, estimated);
      return estimated;
    }
    if (isScalar(typeOf(node))) return fixed(1);
    return node.kind === 'identifier' ? this.#local(node.name)?.size : undefined;
  }
}

const INDEX_STEPS = new Map([
  ['index_list', '@items'],
  ['index_map', '@values'],
]);
const ADDITIONS = new Set(['add_string', 'add_bytes', 'add_list']);

const typeOf = (node: Expression): CelType => node.type ?? DYN;

/** `cel.bind`: a fold over nothing, whose accumulator is the bound name. */
const isBinding = ({ range, condition }: ComprehensionExpression): boolean =>
  range.kind === 'list' &&
  range.elements.length === 0 &&
  condition.kind === 'literal' &&
  condition.value === false;

function literalSize(node: Expression): Range | undefined {
  if (node.kind === 'list') return fixed(node.elements.length);
  if (node.kind === 'map') return fixed(node.entries.length);
  if (node.kind !== 'literal') return undefined;
  if (typeof node.value === 'string') return fixed(codePointCount(node.value));
  return fixed(node.value instanceof Uint8Array ? node.value.length : 1);
}

function isScalar(type: CelType): boolean {
  switch (type.kind) {
    case 'bool':
    case 'double':
    case 'duration':
    case 'int':
    case 'timestamp':
    case 'uint':
      return true;
    default:
      return isOptionalType(type) && isScalar(parameterOf(type, 0));
  }
}

/**
 * Least and most that evaluating a checked expression can cost; 2^64 − 1 is unbounded.
 * `estimator` tells the sizes of what the expression is given.
 */
export const estimateCost = (root: Expression, estimator: SizeEstimator): Range =>
  new Estimation(estimator).cost(root);

/**
 * An estimator that reads the sizes off declared types (`maxSize`, as apiextensions' does): a node
 * whose type says nothing has size 0.
 */
export function declaredSizes(variables: Readonly<Record<string, CelType>>): SizeEstimator {
  return (path) => {
    const [name, ...steps] = path ?? [];
    let type = name !== undefined && Object.hasOwn(variables, name) ? variables[name] : undefined;
    for (const step of steps) {
      if (type === undefined) return undefined;
      type = stepType(type, step);
    }
    return type && { min: 0n, max: type.maxSize ?? 0n };
  };
}

function stepType(type: CelType, step: string): CelType | undefined {
  switch (step) {
    case '@items':
      return type.kind === 'list' ? type.parameters[0] : undefined;
    case '@values':
      return type.kind === 'map' ? type.parameters[1] : undefined;
    case '@keys':
      return type.kind === 'map' ? type.parameters[0] : undefined;
    default:
      return type.fields?.get(step)?.type;
  }
}
