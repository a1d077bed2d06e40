import type { CallCost } from '../cost/call-cost.ts';
import type { FunctionDeclaration, Overload } from '../library/declaration.ts';
import type { CelType } from '../types/cel-type.ts';
import { ErrorValue, isError, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { runtimeType } from '../values/type-value.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate } from './frame.ts';

/** Whether a value is of a type, as far as values know: parameters are not looked at. */
function isOfType(value: Value, type: CelType): boolean {
  if (type.kind === 'dyn' || type.kind === 'typeParam') return true;
  const actual = runtimeType(value);
  if (actual.kind !== type.kind) return false;
  return (type.kind !== 'struct' && type.kind !== 'opaque') || actual.name === type.name;
}

const accepts = ({ params }: Overload, args: readonly Value[]): boolean =>
  params.length === args.length && params.every((type, i) => isOfType(args[i] ?? null, type));

/**
 * The program of a call. With one overload it is called if the runtime types fit; otherwise the first
 * overload that they fit. Errors among the arguments end it; only when they all were evaluated is the
 * call paid for.
 */
export function planFunction(
  declaration: FunctionDeclaration,
  overload: string | undefined,
  operands: readonly Evaluate[],
  price: CallCost,
): Evaluate {
  const single = declaration.overloads.find(({ id }) => id === overload);
  const candidates = single === undefined ? declaration.overloads : [single];
  return (frame) => {
    const args: Value[] = [];
    for (const operand of operands) {
      const value = operand(frame);
      args.push(value);
      if (!isError(value)) continue;
      if (args.length === operands.length) frame.charge(price(args, value));
      return value;
    }
    const implementation = candidates.find((candidate) => accepts(candidate, args))?.implementation;
    const result =
      implementation === undefined ? refuse(declaration.name, single, args) : implementation(args);
    frame.charge(price(args, result));
    return result;
  };
}

function refuse(name: string, single: Overload | undefined, args: readonly Value[]): ErrorValue {
  if (single !== undefined) return NO_SUCH_OVERLOAD;
  const types = args.map((arg) => runtimeType(arg).name).join(', ');
  return new ErrorValue(`no such overload: ${name}(${types})`);
}
