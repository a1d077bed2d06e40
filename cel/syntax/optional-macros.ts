import type { Expression } from './expression.ts';
import {
  argumentName,
  callNode,
  comprehensionNode,
  identifierNode,
  listNode,
  literalNode,
  type MacroCall,
} from './macro-nodes.ts';

const TARGET = '@target';

/** `value` under a name in `body`: a comprehension over nothing, as cel-go's `cel.bind` is. */
function bind(offset: number, name: string, value: Expression, body: Expression): Expression {
  return comprehensionNode(offset, {
    range: listNode(offset, []),
    variable: '#unused',
    variable2: undefined,
    accumulator: name,
    initial: value,
    condition: literalNode(offset, false),
    step: identifierNode(offset, name),
    result: body,
  });
}

/**
 * `o.optMap(x, f)` and `o.optFlatMap(x, f)`: f of the value, where there is one. A target that is
 * more than a name is bound first, so that it is evaluated once.
 */
export function expandOptionalMap(call: MacroCall, target: Expression): Expression {
  const { offset } = call;
  const complaint = `${call.name}() variable name must be a simple identifier`;
  const variable = argumentName(call.args[0], complaint);
  const body = call.args[1] as Expression; // the arity was matched
  const name = target.kind === 'identifier' ? target.name : TARGET;
  const optional = (): Expression => identifierNode(offset, name);

  const mapped = bind(offset, variable, callNode(offset, 'value', [], optional()), body);
  const chosen = callNode(offset, '_?_:_', [
    callNode(offset, 'hasValue', [], optional()),
    call.name === 'optMap' ? callNode(offset, 'optional.of', [mapped]) : mapped,
    callNode(offset, 'optional.none', []),
  ]);
  return name === TARGET ? bind(offset, TARGET, target, chosen) : chosen;
}
