import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { percentOf, scaledValue } from './int-or-string.ts';

const cases = readCases(new URL('testdata/values.jsonl', import.meta.url));

describe('numbers and percentages', () => {
  it.each(cases.filter((c) => c.op === 'scaled'))('scale as upstream does in $id', (c) => {
    const { value, total, roundUp } = c.in;
    if (c.error === undefined) expect(scaledValue(value, total, roundUp)).toBe(c.out.result);
    else expect(() => scaledValue(value, total, roundUp)).toThrow(new Error(c.error));
  });

  it('are told apart', () => {
    expect(percentOf('25%')).toBe(25);
    expect(percentOf(25)).toBeUndefined();
    expect(percentOf('25')).toBeUndefined();
  });
});
