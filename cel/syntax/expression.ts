import type { CelType } from '../types/cel-type.ts';
import type { Value } from '../values/value.ts';

/**
 * What every node of the syntax tree has. `type` and `overloads` are filled in by the type checker;
 * the maps that cel-go keys by expression id are fields of the node here.
 */
interface Node {
  /** UTF-16 offset in the source that an error about this node points at. */
  readonly offset: number;
  /** Static type; the checker's answer, `dyn` where it could not be told. */
  type?: CelType;
}

export interface LiteralExpression extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

export interface IdentifierExpression extends Node {
  readonly kind: 'identifier';
  readonly name: string;
  /** Set where the name is that of a type, so that the expression is a constant. */
  constant?: Value;
}

export interface SelectExpression extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** Made by `has()`: asks only whether the field is there. */
  readonly testOnly: boolean;
  /** Set where the whole path is the name of a type (`kubernetes.Quantity`). */
  constant?: Value;
}

export interface CallExpression extends Node {
  readonly kind: 'call';
  /** As declared; the checker replaces it where target and name together name a function (`sets.contains`). */
  functionName: string;
  target: Expression | undefined;
  readonly args: readonly Expression[];
  /** Ids of the overloads that the static types allow, in order of declaration. */
  overloads?: readonly string[];
}

export interface ListExpression extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expression[];
  /** Indices of the elements that were written `?x`. */
  readonly optionalIndices: ReadonlySet<number>;
}

export interface MapEntry {
  readonly key: Expression;
  readonly value: Expression;
  readonly optional: boolean;
}

export interface MapExpression extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface FieldEntry {
  readonly name: string;
  readonly value: Expression;
  readonly optional: boolean;
  readonly offset: number;
}

export interface StructExpression extends Node {
  readonly kind: 'struct';
  readonly typeName: string;
  readonly fields: readonly FieldEntry[];
}

/** A fold over a list or map, which is what every macro but `has` becomes. */
export interface ComprehensionExpression extends Node {
  readonly kind: 'comprehension';
  readonly range: Expression;
  readonly variable: string;
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly initial: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

export type Expression =
  | LiteralExpression
  | IdentifierExpression
  | SelectExpression
  | CallExpression
  | ListExpression
  | MapExpression
  | StructExpression
  | ComprehensionExpression;

/** The node's direct children, in the order of evaluation. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'identifier':
      return [];
    case 'select':
      return [node.operand];
    case 'call':
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case 'list':
      return node.elements;
    case 'map':
      return node.entries.flatMap((entry) => [entry.key, entry.value]);
    case 'struct':
      return node.fields.map((field) => field.value);
    case 'comprehension':
      return [node.range, node.initial, node.condition, node.step, node.result];
  }
}

/** Calls `visit` for the node and everything below it, parents first, with the ancestors of each. */
export function walkExpression(
  root: Expression,
  visit: (node: Expression, ancestors: readonly Expression[]) => void,
): void {
  const ancestors: Expression[] = [];
  const step = (node: Expression): void => {
    visit(node, ancestors);
    ancestors.push(node);
    for (const child of childrenOf(node)) step(child);
    ancestors.pop();
  };
  step(root);
}
