import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { parseQuantity, Quantity, type QuantityFormat } from './quantity.ts';

const cases = readCases(new URL('testdata/quantity.jsonl', import.meta.url));
const fitsInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

describe('quantities as upstream has them', () => {
  it.each(cases.filter((c) => c.op === 'quantity'))('parses and prints $id', (c) => {
    if (c.error !== undefined) {
      expect(() => parseQuantity(c.in.text)).toThrow(new Error(c.error));
      return;
    }
    const quantity = parseQuantity(c.in.text);
    expect(quantity.toString()).toBe(c.out.string);
    expect(quantity.toCanonical()).toBe(c.out.canonical);
    expect(quantity.format).toBe(c.out.format);
    // Upstream's integers wrap, and its rounding of negative fractions depends on the magnitude.
    const isDefined = quantity.nano >= 0n;
    if (isDefined && fitsInt64(quantity.toMilli() * 1000n)) {
      expect(String(quantity.toValue())).toBe(c.out.value);
      expect(String(quantity.toMilli())).toBe(c.out.milli);
    }
    expect(quantity.toNumber()).toBeCloseTo(Number(c.out.float), -1000);
  });

  it.each(cases.filter((c) => c.op === 'quantityBin'))('compares and adds $id', (c) => {
    const [a, b] = [parseQuantity(c.in.a), parseQuantity(c.in.b)];
    expect(a.compare(b)).toBe(c.out.cmp);
    expect(a.add(b).toString()).toBe(c.out.sum);
    expect(a.add(b).format).toBe(c.out.sumFormat);
    expect(a.subtract(b).toString()).toBe(c.out.difference);
  });

  it.each(cases.filter((c) => c.op === 'quantitySum'))('sums up $id', (c) => {
    const zero = new Quantity(0n, 'DecimalSI');
    const sum = (c.in.terms as string[]).reduce((s, term) => s.add(parseQuantity(term)), zero);
    expect(sum.toString()).toBe(c.out.sum);
  });

  it('refuses exponents that would make a number of any size', () => {
    expect(() => parseQuantity('1e999999999')).toThrow("unable to parse quantity's suffix");
    expect(parseQuantity('1e-999999999').toString()).toBe('1e-9');
  });
});

const quantities = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    fc.constantFrom<QuantityFormat>('DecimalSI', 'DecimalExponent', 'BinarySI'),
  )
  .map(([nano, format]) => new Quantity(nano, format));

describe('laws of quantities', () => {
  it('reads back what it prints, and prints it the same again', () => {
    fc.assert(
      fc.property(quantities, (q) => {
        const text = q.toString();
        const again = parseQuantity(text);
        // Parsing caps binary quantities at the largest int64.
        if (q.format === 'BinarySI' && !fitsInt64(q.toValue())) return;
        expect(again.compare(q)).toBe(0);
        expect(again.toCanonical()).toBe(text);
      }),
    );
  });

  it('adds commutatively and associatively, and subtraction undoes addition', () => {
    fc.assert(
      fc.property(quantities, quantities, quantities, (a, b, c) => {
        expect(a.add(b).compare(b.add(a))).toBe(0);
        expect(
          a
            .add(b)
            .add(c)
            .compare(a.add(b.add(c))),
        ).toBe(0);
        expect(a.add(b).subtract(b).compare(a)).toBe(0);
      }),
    );
  });

  it('orders totally, and addition keeps the order', () => {
    fc.assert(
      fc.property(quantities, quantities, quantities, (a, b, c) => {
        expect(a.compare(b) + b.compare(a)).toBe(0);
        expect(a.add(c).compare(b.add(c))).toBe(a.compare(b));
      }),
    );
  });

  it('never throws anything but its two messages', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseQuantity(text);
        } catch (error) {
          expect((error as Error).message).toMatch(/^(quantities must match|unable to parse)/);
        }
      }),
    );
  });
});
