import { BOOL, BYTES, DOUBLE, INT, NULL, STRING, TYPE, type CelType } from '../types/cel-type.ts';
import { CelObject, type Value } from './value.ts';

/** A type as a value: what `type(x)` gives and what `int` is. Equal by name, parameters aside. */
export class TypeValue extends CelObject {
  readonly type: CelType = TYPE;
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  override equals(other: Value): Value {
    return other instanceof TypeValue && other.name === this.name;
  }
}

/** The runtime type of a value. */
export function runtimeType(value: Value): CelType {
  if (value === null) return NULL;
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return STRING;
    default:
      return value instanceof Uint8Array ? BYTES : value.type;
  }
}
