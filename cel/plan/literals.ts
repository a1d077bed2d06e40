import { LIST_CREATE_COST, MAP_CREATE_COST, STRUCT_CREATE_COST } from '../cost/constants.ts';
import type { CelType } from '../types/cel-type.ts';
import { ErrorValue, isError } from '../values/error-value.ts';
import { formatValue } from '../values/format-value.ts';
import { ArrayList } from '../values/list-value.ts';
import { EntryMap } from '../values/map-value.ts';
import { Optional } from '../values/optional.ts';
import { newStruct } from '../values/struct-literal.ts';
import type { Value } from '../values/value.ts';
import type { Evaluate, Frame } from './frame.ts';

/** A member of a literal; `?` members are optionals, and left out where they have no value. */
interface Member {
  readonly value: Evaluate;
  readonly optional: boolean;
}

/** The member's value, undefined where it is left out. */
function memberValue(frame: Frame, { value, optional }: Member, what: string): Value | undefined {
  const given = value(frame);
  if (!optional || isError(given)) return given;
  if (given instanceof Optional) return given.value;
  return new ErrorValue(
    `cannot initialize optional ${what} from non-optional value ${formatValue(given)}`,
  );
}

/** `[a, ?b]`. An error ends it, but is paid for like the list. */
export function listLiteral(
  elements: readonly Evaluate[],
  optionalIndices: ReadonlySet<number>,
): Evaluate {
  const members = elements.map((value, i) => ({ value, optional: optionalIndices.has(i) }));
  return (frame) => {
    const values: Value[] = [];
    for (const member of members) {
      const value = memberValue(frame, member, 'list element');
      if (value === undefined) continue;
      if (isError(value)) {
        frame.charge(LIST_CREATE_COST);
        return value;
      }
      values.push(value);
    }
    frame.charge(LIST_CREATE_COST);
    return new ArrayList(values);
  };
}

/** `{a: b, ?c: d}`; of equal keys the last wins. */
export function mapLiteral(entries: readonly (Member & { readonly key: Evaluate })[]): Evaluate {
  return (frame) => {
    const values: (readonly [Value, Value])[] = [];
    for (const entry of entries) {
      const key = entry.key(frame);
      const value = isError(key) ? key : memberValue(frame, entry, `entry '${formatValue(key)}'`);
      if (value === undefined) continue;
      if (isError(value)) {
        frame.charge(MAP_CREATE_COST);
        return value;
      }
      values.push([key, value]);
    }
    frame.charge(MAP_CREATE_COST);
    return new EntryMap(values);
  };
}

/** `Type{field: value}`. */
export function structLiteral(
  type: CelType,
  fields: readonly (Member & { readonly name: string })[],
): Evaluate {
  return (frame) => {
    const values = new Map<string, Value>();
    for (const field of fields) {
      const value = memberValue(frame, field, `entry '${field.name}'`);
      if (value === undefined) continue;
      if (isError(value)) {
        frame.charge(STRUCT_CREATE_COST);
        return value;
      }
      values.set(field.name, value);
    }
    frame.charge(STRUCT_CREATE_COST);
    return newStruct(type, values);
  };
}
