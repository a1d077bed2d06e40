import type { Expression } from './expression.ts';
import {
  callNode,
  comprehensionNode,
  identifierNode,
  literalNode,
  type MacroCall,
} from './macro-nodes.ts';

/** Name of the variable that a comprehension folds into; no expression can spell it. */
export const ACCUMULATOR = '@result';

/** `all`, `exists` and `exists_one`, over one variable or two. */
export function quantifier(
  call: MacroCall,
  target: Expression,
  variable: string,
  variable2: string | undefined,
  predicate: Expression,
): Expression {
  const { offset } = call;
  const accumulator = (): Expression => identifierNode(offset, ACCUMULATOR);
  const parts = { range: target, variable, variable2, accumulator: ACCUMULATOR };
  switch (call.name) {
    case 'all':
      return comprehensionNode(offset, {
        ...parts,
        initial: literalNode(offset, true),
        condition: callNode(offset, '@not_strictly_false', [accumulator()]),
        step: callNode(offset, '_&&_', [accumulator(), predicate]),
        result: accumulator(),
      });
    case 'exists':
      return comprehensionNode(offset, {
        ...parts,
        initial: literalNode(offset, false),
        condition: callNode(offset, '@not_strictly_false', [
          callNode(offset, '!_', [accumulator()]),
        ]),
        step: callNode(offset, '_||_', [accumulator(), predicate]),
        result: accumulator(),
      });
    default:
      return comprehensionNode(offset, {
        ...parts,
        initial: literalNode(offset, 0n),
        condition: literalNode(offset, true),
        step: callNode(offset, '_?_:_', [
          predicate,
          callNode(offset, '_+_', [accumulator(), literalNode(offset, 1n)]),
          accumulator(),
        ]),
        result: callNode(offset, '_==_', [accumulator(), literalNode(offset, 1n)]),
      });
  }
}

/** A comprehension whose accumulator starts empty and takes `append(accumulator)` where `filter` holds. */
export function collect(
  call: MacroCall,
  parts: {
    readonly range: Expression;
    readonly variable: string;
    readonly variable2: string | undefined;
    readonly initial: Expression;
    readonly filter: Expression | undefined;
  },
  append: (accumulator: Expression) => Expression,
): Expression {
  const { offset } = call;
  const { filter, ...rest } = parts;
  const accumulator = (): Expression => identifierNode(offset, ACCUMULATOR);
  const appended = append(accumulator());
  return comprehensionNode(offset, {
    ...rest,
    accumulator: ACCUMULATOR,
    condition: literalNode(offset, true),
    step:
      filter === undefined
        ? appended
        : callNode(offset, '_?_:_', [filter, appended, accumulator()]),
    result: accumulator(),
  });
}
