import { DYN, optionalOf, type CelType } from '../types/cel-type.ts';
import { equal } from './equality.ts';
import { CelObject, type Value } from './value.ts';

const OPTIONAL = optionalOf(DYN);

/** A value that may be missing. */
export class Optional extends CelObject {
  readonly type: CelType = OPTIONAL;
  /** Undefined for `optional.none()`. */
  readonly value: Value | undefined;

  constructor(value?: Value) {
    super();
    this.value = value;
  }

  override equals(other: Value): Value {
    if (!(other instanceof Optional)) return false;
    if (this.value === undefined || other.value === undefined) return this.value === other.value;
    return equal(this.value, other.value);
  }
}

export const NONE = new Optional();
