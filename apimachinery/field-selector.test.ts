import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { escapeFieldValue, parseFieldSelector, unescapeFieldValue } from './field-selector.ts';

const cases = readCases(new URL('testdata/field-selectors.jsonl', import.meta.url));

describe('field selectors as upstream has them', () => {
  it.each(cases.filter((c) => c.op === 'fieldSelector'))('parses and matches $id', (c) => {
    if (c.error !== undefined) {
      expect(() => parseFieldSelector(c.in.text)).toThrow(new Error(c.error));
      return;
    }
    const selector = parseFieldSelector(c.in.text);
    expect(selector.toString()).toBe(c.out.canonical);
    expect(selector.requirements).toEqual(c.out.requirements);
    expect(selector.isEmpty).toBe(c.out.empty);
    const matches = c.in.sets.map((set: Record<string, string>) => selector.matches(set));
    expect(matches).toEqual(c.out.matches);
  });

  it.each(cases.filter((c) => c.op === 'fieldEscape'))('escapes $id', (c) => {
    expect(escapeFieldValue(c.in.text)).toBe(c.out.escaped);
    if (c.out.unescapeError === undefined) {
      expect(unescapeFieldValue(c.in.text)).toBe(c.out.unescaped);
    } else {
      expect(() => unescapeFieldValue(c.in.text)).toThrow(new Error(c.out.unescapeError));
    }
  });

  it('unescapes what it escaped, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unescapeFieldValue(escapeFieldValue(text))).toBe(text);
      }),
    );
  });

  it('tells the value that a field is pinned to', () => {
    const selector = parseFieldSelector('metadata.name=a,status.phase!=Running');
    expect(selector.exactValue('metadata.name')).toBe('a');
    expect(selector.exactValue('status.phase')).toBeUndefined();
  });
});
