import type { CelType } from '../types/cel-type.ts';
import type { Value } from '../values/value.ts';

/** Computes a call. Arguments are of the overload's types, the target first; none is an error. */
export type Implementation = (args: readonly Value[]) => Value;

/** One signature of a function. */
export interface Overload {
  /** Upstream's id, which cost rules refer to. */
  readonly id: string;
  /** Whether it is called on a target: `target.f(args)`. The target is the first parameter. */
  readonly isMember: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** Absent where the planner knows the function (operators, `or`, `orValue`). */
  readonly implementation?: Implementation;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/** The signature `name(params)`. */
export const globalOverload = (
  id: string,
  params: readonly CelType[],
  result: CelType,
  implementation?: Implementation,
): Overload => ({ id, isMember: false, params, result, ...(implementation && { implementation }) });

/** The signature `params[0].name(params[1], …)`. */
export const memberOverload = (
  id: string,
  params: readonly CelType[],
  result: CelType,
  implementation?: Implementation,
): Overload => ({ ...globalOverload(id, params, result, implementation), isMember: true });

export const declare = (name: string, ...overloads: Overload[]): FunctionDeclaration => ({
  name,
  overloads,
});

/** Functions by name; overloads of the same name from several libraries are joined in order. */
export type FunctionTable = ReadonlyMap<string, FunctionDeclaration>;

export function newFunctionTable(
  libraries: readonly (readonly FunctionDeclaration[])[],
): FunctionTable {
  const table = new Map<string, FunctionDeclaration>();
  for (const declaration of libraries.flat()) {
    const known = table.get(declaration.name)?.overloads ?? [];
    table.set(declaration.name, declare(declaration.name, ...known, ...declaration.overloads));
  }
  return table;
}
