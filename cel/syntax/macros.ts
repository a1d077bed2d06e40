import type { Expression } from './expression.ts';
import {
  callNode,
  comprehensionNode,
  identifierNode,
  iterationName,
  listNode,
  literalNode,
  MacroError,
  type MacroCall,
} from './macro-nodes.ts';
import { collect, quantifier } from './macro-shapes.ts';
import { expandOptionalMap } from './optional-macros.ts';
import { expandTwoVariableMacro } from './two-variable-macros.ts';

export { MacroError };

const SORT_INPUT = '@__sortBy_input__';

function expandHas(call: MacroCall): Expression {
  const [argument] = call.args;
  if (argument?.kind !== 'select') {
    throw new MacroError(argument?.offset ?? call.offset, 'invalid argument to has() macro');
  }
  return { ...argument, offset: call.offset, testOnly: true };
}

function expandQuantifier(call: MacroCall, target: Expression): Expression {
  const variable = iterationName(call.args[0], 'argument must be a simple name');
  const predicate = call.args[1] as Expression; // the arity was matched
  return quantifier(call, target, variable, undefined, predicate);
}

function expandMap(call: MacroCall, target: Expression): Expression {
  const variable = iterationName(call.args[0], 'argument is not an identifier');
  const filter = call.args.length === 3 ? call.args[1] : undefined;
  const transform = call.args.at(-1) as Expression; // the arity was matched
  return collectList(call, target, variable, filter, transform);
}

function expandFilter(call: MacroCall, target: Expression): Expression {
  const variable = iterationName(call.args[0], 'argument is not an identifier');
  return collectList(call, target, variable, call.args[1], call.args[0] as Expression);
}

function collectList(
  call: MacroCall,
  range: Expression,
  variable: string,
  filter: Expression | undefined,
  element: Expression,
): Expression {
  const initial = listNode(call.offset, []);
  return collect(call, { range, variable, variable2: undefined, initial, filter }, (accumulator) =>
    callNode(call.offset, '_+_', [accumulator, listNode(call.offset, [element])]),
  );
}

/** `xs.sortBy(x, key)`: binds the list, maps it to its keys, and sorts by those. */
function expandSortBy(call: MacroCall, target: Expression): Expression {
  if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
    throw new MacroError(
      target.offset,
      'sortBy can only be applied to a list, identifier, comprehension, call or select expression',
    );
  }
  const { offset } = call;
  const keys = expandMap(call, identifierNode(offset, SORT_INPUT));
  return comprehensionNode(offset, {
    range: listNode(offset, []),
    variable: '#unused',
    variable2: undefined,
    accumulator: SORT_INPUT,
    initial: target,
    condition: literalNode(offset, false),
    step: identifierNode(offset, SORT_INPUT),
    result: callNode(offset, '@sortByAssociatedKeys', [keys], identifierNode(offset, SORT_INPUT)),
  });
}

type Expand = (call: MacroCall, target: Expression) => Expression;

const RECEIVER_MACROS: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['all:2', expandQuantifier],
  ['exists:2', expandQuantifier],
  ['exists_one:2', expandQuantifier],
  ['map:2', expandMap],
  ['map:3', expandMap],
  ['filter:2', expandFilter],
  ['sortBy:2', expandSortBy],
  ['optMap:2', expandOptionalMap],
  ['optFlatMap:2', expandOptionalMap],
  ['all:3', expandTwoVariableMacro],
  ['exists:3', expandTwoVariableMacro],
  ['existsOne:3', expandTwoVariableMacro],
  ['exists_one:3', expandTwoVariableMacro],
  ['transformList:3', expandTwoVariableMacro],
  ['transformList:4', expandTwoVariableMacro],
  ['transformMap:3', expandTwoVariableMacro],
  ['transformMap:4', expandTwoVariableMacro],
  ['transformMapEntry:3', expandTwoVariableMacro],
  ['transformMapEntry:4', expandTwoVariableMacro],
]);

/**
 * What a call stands for when its name and number of arguments are those of a macro; else undefined.
 * Throws a MacroError for arguments that the macro cannot take.
 */
export function expandMacro(
  name: string,
  offset: number,
  target: Expression | undefined,
  args: readonly Expression[],
): Expression | undefined {
  const call: MacroCall = { name, offset, args };
  if (target === undefined) {
    return name === 'has' && args.length === 1 ? expandHas(call) : undefined;
  }
  return RECEIVER_MACROS.get(`${name}:${args.length}`)?.(call, target);
}
