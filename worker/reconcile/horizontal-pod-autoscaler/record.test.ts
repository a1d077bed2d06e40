import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { as } from '../kinds.ts';
import { START } from '../testing/samples.ts';
import { sampleAutoscaler } from '../testing/autoscaled-world.ts';
import { SYNC_PERIOD_MS } from './autoscaler-facts.ts';
import type { Autoscaler } from './autoscaler-facts.ts';
import { AutoscalerRecord } from './record.ts';
import type { StoredRecord } from './record.ts';

const autoscaler = (window: number): Autoscaler => {
  const rules = { stabilizationWindowSeconds: window };
  const behavior = { scaleUp: rules, scaleDown: rules };
  const sample = sampleAutoscaler({ behavior });
  return as<Autoscaler>({ ...sample, metadata: { name: 'web', uid: 'h' } });
};

it('recommends what upstream would, which keeps every recommendation with its time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0, 10, 15, 20, 60, 300),
      (recommendations, window) => {
        let stored: StoredRecord | null = null;
        const samples: { at: number; replicas: number }[] = [];
        let now = START;
        for (const replicas of recommendations) {
          const record = new AutoscalerRecord(autoscaler(window), stored, now);
          if (samples.length === 0) samples.push({ at: now, replicas: 2 });
          record.begin(2);
          const recent = samples
            .filter(({ at }) => at > now - window * 1000)
            .map((sample) => sample.replicas);
          expect(new Set(record.recommendedWithin(window))).toEqual(new Set(recent));
          record.recommend(replicas);
          samples.push({ at: now, replicas });
          const [write] = record.writes();
          if (write !== undefined && write.verb !== 'delete') stored = write.object;
          now += SYNC_PERIOD_MS;
        }
        expect((stored?.recommendations ?? []).length).toBeLessThanOrEqual(window / 15 + 3);
      },
    ),
    { numRuns: 300 },
  );
});
