import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
import type { Condition } from './meta.ts';

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-02T00:00:00Z';
const ready = (status: Condition['status'], time: string, message = '') => ({
  type: 'Ready',
  status,
  reason: 'R',
  message,
  lastTransitionTime: time,
});

describe('setting a condition', () => {
  it('appends one of a new type', () => {
    const other = { ...ready('True', EARLY), type: 'Other' };
    expect(setCondition([other], ready('True', LATE))).toEqual([other, ready('True', LATE)]);
  });

  it('takes the new time when the status changes', () => {
    expect(setCondition([ready('True', EARLY)], ready('False', LATE))).toEqual([
      ready('False', LATE),
    ]);
  });

  it('keeps the old time when only the message changes', () => {
    expect(setCondition([ready('True', EARLY)], ready('True', LATE, 'm'))).toEqual([
      ready('True', EARLY, 'm'),
    ]);
  });

  it('returns the same array when it says nothing new', () => {
    const conditions = [ready('True', EARLY)];
    expect(setCondition(conditions, ready('True', LATE))).toBe(conditions);
  });

  it('leaves exactly one condition of the type, and the second time changes nothing', () => {
    const condition = fc.record({
      type: fc.constantFrom('A', 'B', 'C'),
      status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
      reason: fc.constantFrom('x', 'y'),
      message: fc.constantFrom('m', 'n'),
      lastTransitionTime: fc.constantFrom(EARLY, LATE),
    });
    const distinct = fc.uniqueArray(condition, { selector: ({ type }) => type });
    fc.assert(
      fc.property(distinct, condition, (conditions, next) => {
        const once = setCondition(conditions, next);
        expect(once.filter(({ type }) => type === next.type)).toHaveLength(1);
        expect(setCondition(once, next)).toBe(once);
      }),
    );
  });
});

describe('reading and removing', () => {
  it('finds by type and tells whether it holds', () => {
    const conditions = [ready('Unknown', EARLY)];
    expect(findCondition(conditions, 'Ready')).toBe(conditions[0]);
    expect(findCondition(undefined, 'Ready')).toBeUndefined();
    expect(isConditionTrue(conditions, 'Ready')).toBe(false);
    expect(isConditionTrue([ready('True', EARLY)], 'Ready')).toBe(true);
  });

  it('removes by type, and returns the same array when there was none', () => {
    const conditions = [ready('True', EARLY)];
    expect(removeCondition(conditions, 'Ready')).toEqual([]);
    expect(removeCondition(conditions, 'Other')).toBe(conditions);
  });
});
