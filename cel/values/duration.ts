import { DURATION, type CelType } from '../types/cel-type.ts';
import { CelObject, type Value } from './value.ts';

/** A span of time in nanoseconds, within int64. */
export class Duration extends CelObject {
  readonly type: CelType = DURATION;
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super();
    this.nanoseconds = nanoseconds;
  }

  override equals(other: Value): Value {
    return other instanceof Duration && this.nanoseconds === other.nanoseconds;
  }

  override isZero(): boolean {
    return this.nanoseconds === 0n;
  }

  /** In seconds, the way `string()` and JSON have it: `5400s`, `0.001s`. */
  override toString(): string {
    const isNegative = this.nanoseconds < 0n;
    const value = isNegative ? -this.nanoseconds : this.nanoseconds;
    const fraction = (value % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
    const whole = value / 1_000_000_000n;
    return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}s`;
  }
}
