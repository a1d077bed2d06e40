import type { ComprehensionExpression, Expression } from './expression.ts';
import type { Value } from '../values/value.ts';

/** A call that is a macro. All nodes that it makes point at `offset`, its opening parenthesis. */
export interface MacroCall {
  readonly name: string;
  readonly offset: number;
  readonly args: readonly Expression[];
}

/** Arguments that a macro cannot take; `offset` is where the complaint points. */
export class MacroError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'MacroError';
    this.offset = offset;
  }
}

export const literalNode = (offset: number, value: Value): Expression => ({
  kind: 'literal',
  offset,
  value,
});

export const identifierNode = (offset: number, name: string): Expression => ({
  kind: 'identifier',
  offset,
  name,
});

export const listNode = (offset: number, elements: readonly Expression[]): Expression => ({
  kind: 'list',
  offset,
  elements,
  optionalIndices: new Set(),
});

export const callNode = (
  offset: number,
  functionName: string,
  args: readonly Expression[],
  target?: Expression,
): Expression => ({ kind: 'call', offset, functionName, target, args });

export const comprehensionNode = (
  offset: number,
  parts: Omit<ComprehensionExpression, 'kind' | 'offset' | 'type'>,
): Expression => ({ kind: 'comprehension', offset, ...parts });

/** The name that an argument spells. Throws a MacroError with `complaint` for anything else. */
export function argumentName(argument: Expression | undefined, complaint: string): string {
  if (argument?.kind === 'identifier') return argument.name;
  throw new MacroError(argument?.offset ?? 0, complaint);
}

/** The name under which a macro visits elements; the name that cel-go once accumulated under is refused. */
export function iterationName(argument: Expression | undefined, complaint: string): string {
  const name = argumentName(argument, complaint);
  if (name !== '__result__') return name;
  const message = 'iteration variable overwrites accumulator variable';
  throw new MacroError(argument?.offset ?? 0, message);
}
