import type { Expression } from './expression.ts';
import {
  argumentName,
  callNode,
  identifierNode,
  iterationName,
  listNode,
  MacroError,
  type MacroCall,
} from './macro-nodes.ts';
import { collect, quantifier } from './macro-shapes.ts';

const emptyMap = (offset: number): Expression => ({ kind: 'map', offset, entries: [] });

/**
 * The macros over index and element, or key and value (cel-go `ext.TwoVarComprehensions`). With four
 * arguments the third is a filter.
 */
export function expandTwoVariableMacro(call: MacroCall, target: Expression): Expression {
  const { offset, args } = call;
  const [first, second] = args;
  const names = [first, second].map((arg) => argumentName(arg, 'argument must be a simple name'));
  if (names[0] === names[1]) {
    throw new MacroError(second?.offset ?? offset, `duplicate variable name: ${names[0] ?? ''}`);
  }
  const [variable, variable2] = [iterationName(first, ''), iterationName(second, '')];
  const body = args.at(-1) as Expression; // the arity was matched
  const filter = args.length === 4 ? args[2] : undefined;
  const parts = { range: target, variable, variable2, filter };
  switch (call.name) {
    case 'transformList':
      return collect(call, { ...parts, initial: listNode(offset, []) }, (accumulator) =>
        callNode(offset, '_+_', [accumulator, listNode(offset, [body])]),
      );
    case 'transformMap':
      return collect(call, { ...parts, initial: emptyMap(offset) }, (accumulator) =>
        callNode(offset, 'cel.@mapInsert', [accumulator, identifierNode(offset, variable), body]),
      );
    case 'transformMapEntry':
      return collect(call, { ...parts, initial: emptyMap(offset) }, (accumulator) =>
        callNode(offset, 'cel.@mapInsert', [accumulator, body]),
      );
    default:
      return quantifier(call, target, variable, variable2, body);
  }
}
