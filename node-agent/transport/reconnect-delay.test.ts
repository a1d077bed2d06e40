import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconnectDelayMs } from './reconnect-delay.ts';

describe('The delay before a reconnect', () => {
  it('spreads over all of a window that doubles from half a second to half a minute', () => {
    const windows = [0, 1, 2, 5, 6, 100].map((failures) => reconnectDelayMs(failures, 1));
    expect(windows).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000]);
    expect(reconnectDelayMs(100, 0)).toBe(0);
  });

  it('is never outside the window', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.nat(), random, (failures, value) => {
        const delayMs = reconnectDelayMs(failures, value);
        return delayMs >= 0 && delayMs < 30_000;
      }),
    );
  });
});
