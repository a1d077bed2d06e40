import { expect, it } from 'vitest';
import type { Pod } from '../kinds.ts';
import { planPodCollection } from './plan.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';

function pod(name: string, phase: string, minute: number, extra: object = {}): Pod {
  const creationTimestamp = `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
  return {
    metadata: { name, uid: name, creationTimestamp },
    spec: { nodeName: 'n', containers: [] },
    status: { phase, ...extra },
  };
}

it('deletes the oldest pods that are over, evicted ones before all others', () => {
  const pods = [
    pod('new', 'Succeeded', 9),
    pod('old', 'Failed', 1),
    pod('older', 'Running', 0),
    pod('mid', 'Succeeded', 5),
    pod('evicted', 'Failed', 8, { reason: 'Evicted' }),
  ];
  const { writes } = planPodCollection(pods, 0, 2);
  expect(writes).toEqual(
    ['evicted', 'old'].map((name) => {
      return { verb: 'delete', resource: 'pods', name, uid: name, gracePeriodSeconds: 0 };
    }),
  );
  expect(planPodCollection(pods, 0, 4).writes).toEqual([]);
});

it('goes on later with more than one plan may write', () => {
  const pods = Array.from({ length: 300 }, (_, i) => pod(`p${i}`, 'Failed', 1));
  const plan = planPodCollection(pods, 0, 0);
  expect(plan.writes).toHaveLength(MAX_WRITES_PER_PLAN);
  expect(plan.requeueAfterMs).toBe(0);
});
