import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REVISION_EPOCH_MS, revisionAt, revisionSlot } from '../../../apimachinery/revision.ts';
import { RevisionClock } from './revision-clock.ts';

const NOW = REVISION_EPOCH_MS + 1_000_000;

type Step =
  | { readonly do: 'next'; readonly now: number }
  | { readonly do: 'advance'; readonly by: number }
  | { readonly do: 'restart' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('next' as const), now: fc.integer({ min: -9_999, max: 9_999 }) }),
    fc.record({
      do: fc.constant('advance' as const),
      by: fc.integer({ min: -5, max: 99_999_999 }),
    }),
    fc.record({ do: fc.constant('restart' as const) }),
  ),
);

describe('RevisionClock', () => {
  it('STORE-2: never goes back, whatever the time of day, its readers and restarts', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let stored = 0;
        let written = 0;
        let promised = 0;
        const start = () =>
          new RevisionClock(3, Math.max(stored, written), (floor) => {
            stored = floor;
          });
        let clock = start();
        for (const step of history) {
          if (step.do === 'restart') clock = start();
          if (step.do === 'advance') {
            promised = Math.max(promised, clock.current() + step.by);
            clock.advanceTo(clock.current() + step.by);
          }
          if (step.do === 'next') {
            const revision = clock.next(NOW + step.now);
            expect(revision).toBeGreaterThan(Math.max(written, promised));
            expect(revisionSlot(revision)).toBe(3);
            written = revision;
          }
        }
      }),
    );
  });

  it('stores a floor now and then, not with every reader', () => {
    const floors: number[] = [];
    const clock = new RevisionClock(1, 0, (floor) => floors.push(floor));
    for (let ms = 0; ms < 10_000; ms += 10) clock.advanceTo(revisionAt(NOW + ms));
    expect(floors.length).toBeLessThanOrEqual(6);
    expect(floors.at(-1)).toBeGreaterThanOrEqual(clock.current());
  });

  it('SLOT-1: cannot write without a slot', () => {
    const clock = new RevisionClock(1, 0, () => undefined);
    const last = clock.next(NOW);
    expect(clock.dropSlot()).toBe(last);
    expect(() => clock.next(NOW)).toThrow('without a slot');
    clock.reslot(2, last + 1_000_000);
    expect(clock.next(NOW)).toBeGreaterThan(last + 1_000_000);
  });
});
