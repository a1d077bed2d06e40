import { Quantity, type QuantityFormat } from '../../../apimachinery/quantity.ts';

const FORMATS: readonly QuantityFormat[] = ['BinarySI', 'DecimalSI', 'DecimalExponent'];

/**
 * A sum that amounts come to and go from. It is written as most of its amounts are: a sum in
 * upstream has the format of whichever came first, in no order that means anything.
 */
export class RunningTotal {
  #nano = 0n;
  readonly #uses = new Map<QuantityFormat, number>();

  add(amount: Quantity): void {
    this.#count(amount, amount.nano, 1);
  }

  remove(amount: Quantity): void {
    this.#count(amount, -amount.nano, -1);
  }

  total(): Quantity {
    let format: QuantityFormat = 'DecimalSI';
    let uses = 0;
    for (const candidate of FORMATS) {
      const count = this.#uses.get(candidate) ?? 0;
      if (count > uses) [format, uses] = [candidate, count];
    }
    return new Quantity(this.#nano, format);
  }

  #count({ format, nano }: Quantity, difference: bigint, uses: number): void {
    if (nano === 0n) return;
    this.#nano += difference;
    this.#uses.set(format, (this.#uses.get(format) ?? 0) + uses);
  }
}
