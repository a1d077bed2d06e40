import { Quantity } from '../../../apimachinery/quantity.ts';
import { type Amounts, amountsOf } from '../resources/pod/aggregate-requests.ts';

/** Arithmetic on lists of resources (k8s.io/apiserver pkg/quota/v1). Nothing here changes its arguments. */

export { type Amounts, amountsOf };

export const ZERO = new Quantity(0n, 'DecimalSI');
export const ONE = new Quantity(1_000_000_000n, 'DecimalSI');

/** A count of objects. */
export const countOf = (count: number): Quantity =>
  new Quantity(BigInt(count) * 1_000_000_000n, 'DecimalSI');

/** What of `amounts` is listed in `names`. */
export function maskAmounts(amounts: Amounts, names: ReadonlySet<string>): Amounts {
  return new Map([...amounts].filter(([name]) => names.has(name)));
}

/** What an update asks for beyond what the object had: never less than nothing. */
export function increase(now: Amounts, before: Amounts): Amounts {
  const result: Amounts = new Map();
  for (const [name, amount] of now) {
    const had = before.get(name);
    const more = had === undefined ? amount : amount.subtract(had);
    if (more.nano > 0n) result.set(name, more);
  }
  return result;
}

export function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, amount]) => !amount.isZero()));
}

/** `cpu=2,memory=1Gi`, sorted by name. */
export function formatAmounts(amounts: Amounts): string {
  return [...amounts]
    .map(([name, amount]) => `${name}=${amount.toString()}`)
    .sort()
    .join(',');
}

/** Whether two lists have the same names with the same amounts, however they are spelled. */
export function equalAmounts(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  const [left, right] = [amountsOf(a), amountsOf(b)];
  if (left.size !== right.size) return false;
  return [...left].every(([name, amount]) => right.get(name)?.compare(amount) === 0);
}
