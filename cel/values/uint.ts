import { UINT, type CelType } from '../types/cel-type.ts';
import { CelObject, type Value } from './value.ts';

/** An unsigned 64-bit integer; ints are plain bigints. */
export class Uint extends CelObject {
  readonly type: CelType = UINT;
  readonly value: bigint;

  constructor(value: bigint) {
    super();
    this.value = value;
  }

  override equals(other: Value): Value {
    if (typeof other === 'bigint') return this.value === other;
    // JavaScript compares bigint and number by their mathematical values.
    if (typeof other === 'number') return Number(this.value) === other;
    return other instanceof Uint && this.value === other.value;
  }

  override isZero(): boolean {
    return this.value === 0n;
  }
}
