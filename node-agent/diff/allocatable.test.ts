import { describe, expect, it } from 'vitest';
import { allocatableOf } from './allocatable.ts';
import type { AllocatableInput } from './allocatable.ts';

const CAPACITY = { cpu: '4', memory: '8388608Ki', 'ephemeral-storage': '1048576Ki', pods: '110' };
const allocatable = (input: Partial<AllocatableInput>) =>
  allocatableOf({ capacity: CAPACITY, reservations: [], thresholds: {}, ...input });

describe('NODE-28: what pods may be given of a node', () => {
  it('is all of it where nothing is kept', () => {
    expect(allocatable({})).toEqual(CAPACITY);
  });

  it('is less by what is reserved, and by what eviction keeps free', () => {
    const reservations = [{ cpu: '250m', memory: '1Gi' }, { cpu: '250m' }];
    const thresholds = { 'memory.available': '100Mi', 'nodefs.available': '10%' } as const;
    expect(allocatable({ reservations, thresholds })).toEqual({
      cpu: '3500m',
      memory: `${8388608 - 1048576 - 102400}Ki`,
      'ephemeral-storage': String(2 ** 30 - Math.floor(2 ** 30 / 10)),
      pods: '110',
    });
  });

  it('is whole cores as such, and never less than nothing', () => {
    expect(allocatable({ reservations: [{ cpu: '1', memory: '1Ti' }] })).toMatchObject({
      cpu: '3',
      memory: '0Ki',
    });
  });
});
