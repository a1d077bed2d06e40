import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstMissing,
  formatIndexSet,
  hasIndex,
  overlapOf,
  parseIndexSet,
  sizeOf,
  unionOf,
  withIndexes,
} from './index-set.ts';

const indexes = fc.array(fc.nat(30), { maxLength: 20 });
const spelled = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b);

describe('a set of indexes', () => {
  it.each([
    ['', 9, ''],
    ['0', 9, '0'],
    ['0,1', 9, '0,1'],
    ['0,1,2', 9, '0-2'],
    ['1,3-5,7', 9, '1,3-5,7'],
    ['0-8', 5, '0-4'],
    ['7', 5, ''],
    ['1,x,3-y,4-5-6,8', 9, '1,8'],
    ['5-3,6', 9, '6'],
  ])('reads %j of %d and writes %j', (text, completions, want) => {
    expect(formatIndexSet(parseIndexSet(text, completions))).toBe(want);
  });

  it('is what a Set of numbers is', () => {
    fc.assert(
      fc.property(indexes, indexes, (a, b) => {
        const [left, right] = [new Set(a), new Set(b)];
        const [x, y] = [withIndexes([], a), withIndexes([], b)];
        expect(formatIndexSet(parseIndexSet(formatIndexSet(x), 31))).toBe(formatIndexSet(x));
        expect(sizeOf(x)).toBe(left.size);
        expect(spelled(left).every((index) => hasIndex(x, index))).toBe(true);
        expect(spelled(right).every((index) => hasIndex(x, index) === left.has(index))).toBe(true);
        expect(overlapOf(x, y)).toBe(spelled(left).filter((index) => right.has(index)).length);
        expect(unionOf(x, y)).toEqual(withIndexes([], [...a, ...b]));
        const missing = Array.from({ length: 31 }, (_, i) => i).filter((i) => !left.has(i));
        expect(firstMissing(x, 4, 31)).toEqual(missing.slice(0, 4));
      }),
    );
  });
});
