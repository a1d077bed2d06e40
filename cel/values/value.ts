import type { CelType } from '../types/cel-type.ts';

/**
 * Everything that an expression can have as value. Plain where JavaScript has the type: null, bool,
 * int (bigint), double (number), string, bytes; objects for the rest, errors among them.
 */
export type Value = null | boolean | bigint | number | string | Uint8Array | CelObject;

/** A value that is an object. */
export abstract class CelObject {
  /** Runtime type: parameters of lists and maps are not told. */
  abstract readonly type: CelType;

  /** Whether it equals another value, which is not null; an ErrorValue where that cannot be asked. */
  abstract equals(other: Value): Value;

  /** What `size()` and the cost rules count; undefined where there is no such thing. */
  get size(): number | undefined {
    return undefined;
  }

  /** Whether `optional.ofNonZeroValue` takes it for nothing. */
  isZero(): boolean {
    return false;
  }
}
