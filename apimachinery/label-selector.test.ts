import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { type LabelOperator, newLabelRequirement } from './label-requirement.ts';
import {
  formatLabelSelector,
  LabelSelector,
  labelSelectorAsRequirements,
  parseLabelSelector,
  selectorFromSet,
  validateLabelSelector,
} from './label-selector.ts';

const cases = readCases(new URL('testdata/selectors.jsonl', import.meta.url));
type LabelSet = Record<string, string>;

describe('label selectors as upstream has them', () => {
  it.each(cases.filter((c) => c.op === 'selector'))('parses and matches $id', (c) => {
    if (c.error !== undefined) {
      expect(() => parseLabelSelector(c.in.text)).toThrow(new Error(c.error));
      return;
    }
    const selector = parseLabelSelector(c.in.text);
    expect(selector.toString()).toBe(c.out.canonical);
    expect(selector.requirements).toEqual(c.out.requirements);
    expect(selector.isEmpty).toBe(c.out.empty);
    expect(c.in.sets.map((set: LabelSet) => selector.matches(set))).toEqual(c.out.matches);
  });

  it.each(cases.filter((c) => c.op === 'labelSelector'))('converts and validates $id', (c) => {
    expect(validateLabelSelector(c.in.selector, 'spec.selector')).toEqual(c.out.validation);
    if (c.out.conversionError !== undefined) {
      expect(() => labelSelectorAsRequirements(c.in.selector)).toThrow(
        new Error(c.out.conversionError),
      );
      return;
    }
    const selector = labelSelectorAsRequirements(c.in.selector);
    expect(selector.toString()).toBe(c.out.canonical);
    expect(formatLabelSelector(c.in.selector)).toBe(c.out.formatted);
    expect(selector.isSelectable).toBe(c.out.selectable);
    expect(c.in.sets.map((set: LabelSet) => selector.matches(set))).toEqual(c.out.matches);
  });
});

const keys = fc.constantFrom('app', 'tier', 'in', 'notin', 'example.com/zone', 'x-1');
const values = fc.constantFrom('', 'web', 'db', '5', '-5x5', 'a.b_c').filter((v) => v[0] !== '-');
const requirements = fc.oneof(
  fc
    .tuple(keys, fc.constantFrom<LabelOperator>('=', '==', '!='), values)
    .map(([key, operator, value]) => newLabelRequirement(key, operator, [value])),
  fc
    .tuple(
      keys,
      fc.constantFrom<LabelOperator>('in', 'notin'),
      fc.uniqueArray(values, { minLength: 1 }),
    )
    .map(([key, operator, set]) => newLabelRequirement(key, operator, set)),
  fc
    .tuple(keys, fc.constantFrom<LabelOperator>('exists', '!'))
    .map(([key, operator]) => newLabelRequirement(key, operator, [])),
  fc
    .tuple(keys, fc.constantFrom<LabelOperator>('gt', 'lt'), fc.integer({ min: 0 }))
    .map(([key, operator, value]) => newLabelRequirement(key, operator, [String(value)])),
);
const selectors = fc.array(requirements, { maxLength: 5 }).map((list) => new LabelSelector(list));
const labels = fc.dictionary(keys, values);

describe('laws of label selectors', () => {
  it('reads back what it prints', () => {
    fc.assert(
      fc.property(selectors, (selector) => {
        expect(parseLabelSelector(selector.toString()).requirements).toEqual(selector.requirements);
      }),
    );
  });

  it('matches the conjunction exactly where all its parts match', () => {
    fc.assert(
      fc.property(selectors, labels, (selector, set) => {
        const parts = selector.requirements.map((r) => new LabelSelector([r]).matches(set));
        expect(selector.matches(set)).toBe(parts.every(Boolean));
      }),
    );
  });

  it('negates: in and notin, exists and !, never agree', () => {
    fc.assert(
      fc.property(keys, fc.uniqueArray(values, { minLength: 1 }), labels, (key, list, set) => {
        const inSet = new LabelSelector([newLabelRequirement(key, 'in', list)]);
        const notInSet = new LabelSelector([newLabelRequirement(key, 'notin', list)]);
        expect(inSet.matches(set)).not.toBe(notInSet.matches(set));
        expect(parseLabelSelector(key).matches(set)).not.toBe(
          parseLabelSelector(`!${key}`).matches(set),
        );
      }),
    );
  });

  it('made from a set matches that set and every larger one', () => {
    fc.assert(
      fc.property(labels, labels, (set, more) => {
        expect(selectorFromSet(set).matches({ ...more, ...set })).toBe(true);
      }),
    );
  });

  it('is not fooled by names that every JavaScript object has', () => {
    expect(parseLabelSelector('toString').matches({})).toBe(false);
    expect(parseLabelSelector('constructor!=a').matches({})).toBe(true);
  });
});
