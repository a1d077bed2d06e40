import { describe, expect, it } from 'vitest';
import { truncated } from './truncate.ts';

const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ip: `10.0.0.${i}` }));

describe('Endpoints of more than 1,000 addresses', () => {
  it.each([
    [
      [
        [600, 0],
        [400, 0],
      ],
      [
        [600, 0],
        [400, 0],
      ],
    ],
    [
      [
        [1500, 10],
        [500, 0],
      ],
      [
        [750, 0],
        [250, 0],
      ],
    ],
    [
      [
        [900, 100],
        [0, 300],
      ],
      [
        [900, 25],
        [0, 75],
      ],
    ],
    [[[0, 1001]], [[0, 1000]]],
  ])('%j become %j', (before, after) => {
    const subsets = before.map(([ready = 0, not = 0]) => ({
      addresses: addresses(ready),
      notReadyAddresses: addresses(not),
    }));
    const counts = truncated(subsets).map((subset) => [
      (subset.addresses ?? []).length,
      (subset.notReadyAddresses ?? []).length,
    ]);
    expect(counts).toEqual(after);
  });
});
