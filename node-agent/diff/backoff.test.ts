import { describe, expect, it } from 'vitest';
import { backoffUntil, formatBackoff, nextBackoff } from './backoff.ts';
import type { BackoffEntry } from './backoff.ts';

const MINUTE = 60_000;

describe('Crash-loop backoff', () => {
  it('restarts at once, then after 10 s, doubling up to 5 minutes', () => {
    let entry: BackoffEntry | undefined;
    let now = 0;
    const waits: number[] = [];
    for (let crash = 0; crash < 8; crash++) {
      const due = backoffUntil(entry, now);
      waits.push((due - now) / 1000);
      entry = nextBackoff(entry, now, due);
      now = due;
    }
    expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('begins anew once a container has run for more than 10 minutes', () => {
    const entry = { delayMs: 5 * MINUTE, updatedAtMs: 0 };
    expect(backoffUntil(entry, 10 * MINUTE)).toBe(15 * MINUTE);
    const later = 10 * MINUTE + 1;
    expect(backoffUntil(entry, later)).toBe(later);
    expect(nextBackoff(entry, later, later)).toEqual({ delayMs: 10_000, updatedAtMs: later });
  });

  it.each([
    { delayMs: 10_000, want: '10s' },
    { delayMs: 80_000, want: '1m20s' },
    { delayMs: 300_000, want: '5m0s' },
  ])('prints $delayMs ms as $want', ({ delayMs, want }) => {
    expect(formatBackoff(delayMs)).toBe(want);
  });
});
