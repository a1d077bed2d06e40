import { describe, expect, it } from 'vitest';
import { hasStorageLimits, storageViolation } from './local-storage.ts';
import { binary, planEviction, resourceToReclaim } from './plan.ts';
import { activePressures, nextPressures, noPressures } from './pressure.ts';
import type { PodConsumption } from './ranking.ts';
import { rankForEviction } from './ranking.ts';
import type { Observations } from './signals.ts';
import { DEFAULT_THRESHOLDS, metThresholds, thresholdQuantity } from './signals.ts';

const MI = 2 ** 20;

interface Given {
  readonly requests?: Record<string, string>;
  readonly limits?: Record<string, string>;
  readonly priority?: number;
  readonly memoryMi?: number;
  readonly diskMi?: number;
  readonly volumeMi?: number;
  readonly volumes?: object[];
}

function consumption(name: string, given: Given): PodConsumption {
  const { requests = {}, limits = {}, priority, volumes = [] } = given;
  return {
    pod: {
      metadata: { namespace: 'shop', name, uid: name },
      spec: {
        containers: [{ name: 'main', resources: { requests, limits } }],
        volumes: volumes as [],
        ...(priority === undefined ? {} : { priority }),
      },
    },
    containers: [
      {
        name: 'main',
        memoryBytes: (given.memoryMi ?? 0) * MI,
        diskBytes: (given.diskMi ?? 0) * MI,
      },
    ],
    volumeBytes: (given.volumeMi ?? 0) * MI,
    volumeInodes: 0,
  };
}

describe('What runs out', () => {
  it.each([
    { threshold: '100Mi', capacity: 1, want: 100 * MI },
    { threshold: '10%', capacity: 1000, want: 100 },
    { threshold: '2.5%', capacity: 1000, want: 25 },
  ])('is measured against $threshold', ({ threshold, capacity, want }) => {
    expect(thresholdQuantity(threshold, capacity)).toBe(want);
  });

  it('is told in the order in which it is looked after, memory first', () => {
    const observations: Observations = {
      'imagefs.available': { available: 14, capacity: 100 },
      'nodefs.available': { available: 10, capacity: 100 },
      'memory.available': { available: 99 * MI, capacity: 1000 * MI },
    };
    const met = metThresholds(DEFAULT_THRESHOLDS, observations);
    expect(met.map(({ signal }) => signal)).toEqual(['memory.available', 'imagefs.available']);
    expect(resourceToReclaim(met)).toBe('memory');
    expect(resourceToReclaim([])).toBeUndefined();
  });

  it('counts as a pressure for five minutes more', () => {
    const met = [{ signal: 'nodefs.available' as const, quantity: 10, available: 5 }];
    const first = nextPressures(noPressures(0), met, 1000);
    expect(activePressures(first)).toEqual(['DiskPressure']);
    expect(first.DiskPressure.changedAtMs).toBe(1000);
    const held = nextPressures(first, [], 300_999);
    expect(activePressures(held)).toEqual(['DiskPressure']);
    expect(held.DiskPressure.changedAtMs).toBe(1000);
    const over = nextPressures(held, [], 301_000);
    expect(activePressures(over)).toEqual([]);
    expect(over.DiskPressure.changedAtMs).toBe(301_000);
    expect(over.MemoryPressure.changedAtMs).toBe(0);
  });
});

describe('The pods that go first', () => {
  const names = (pods: PodConsumption[]) => pods.map(({ pod }) => pod.metadata.name);

  it('use more than they asked for, then have the lowest priority, then use most', () => {
    const pods = [
      consumption('within', { requests: { memory: '100Mi' }, memoryMi: 90, priority: -1 }),
      consumption('above, important', { memoryMi: 50, priority: 10 }),
      consumption('above, little', { requests: { memory: '10Mi' }, memoryMi: 12 }),
      consumption('above, much', { memoryMi: 20 }),
      consumption('critical', { memoryMi: 500, priority: 2_000_000_000 }),
    ];
    expect(names(rankForEviction(pods, 'memory'))).toEqual([
      'above, much',
      'above, little',
      'above, important',
      'within',
    ]);
  });

  it('are those with the most on disk, volumes included, when the disk is full', () => {
    const pods = [
      consumption('asked', { requests: { 'ephemeral-storage': '1Gi' }, diskMi: 500 }),
      consumption('container', { diskMi: 20 }),
      consumption('volume', { diskMi: 1, volumeMi: 30 }),
    ];
    expect(names(rankForEviction(pods, 'ephemeral-storage'))).toEqual([
      'volume',
      'container',
      'asked',
    ]);
  });

  it("are told why, in upstream's words", () => {
    const met = [
      { signal: 'memory.available' as const, quantity: 100 * MI, available: 4097 * 1024 },
    ];
    const one = consumption('one', { requests: { memory: '10Mi' }, memoryMi: 64 });
    expect(planEviction(met, [one])).toEqual({
      pod: one.pod,
      failure: {
        reason: 'Evicted',
        message:
          'The node was low on resource: memory. Threshold quantity: 100Mi, available: 4097Ki. Container main was using 64Mi, request is 10Mi, has larger consumption of memory. ',
        graceSeconds: 1,
        disrupted: true,
        freesDisk: false,
      },
    });
    expect(planEviction(met, [])).toBeUndefined();
    expect(planEviction([], [one])).toBeUndefined();
  });

  it.each([
    { bytes: 0, want: '0' },
    { bytes: 1000, want: '1000' },
    { bytes: 3072, want: '3Ki' },
    { bytes: 5 * 2 ** 30, want: '5Gi' },
  ])('are told $bytes as $want', ({ bytes, want }) => {
    expect(binary(bytes)).toBe(want);
  });
});

describe('A pod that writes more than it may', () => {
  const volumes = [{ name: 'v', emptyDir: { sizeLimit: '10Mi' } }];

  it.each([
    { given: { volumes }, used: 10, want: undefined },
    {
      given: { volumes },
      used: 11,
      want: 'Usage of EmptyDir volume "v" exceeds the limit "10Mi". ',
    },
    {
      given: { limits: { 'ephemeral-storage': '5Mi' }, diskMi: 4, volumeMi: 2 },
      used: 0,
      want: 'Pod ephemeral local storage usage exceeds the total limit of containers 5Mi. ',
    },
    { given: { limits: { 'ephemeral-storage': '5Mi' }, diskMi: 5 }, used: 0, want: undefined },
  ])('is told $want', ({ given, used, want }) => {
    const violation = storageViolation(consumption('p', given), new Map([['v', used * MI]]));
    expect(violation?.message).toBe(want);
  });

  it('is told the container when only that has a limit', () => {
    const pod = consumption('p', { limits: { 'ephemeral-storage': '5Mi' }, diskMi: 6 });
    pod.pod.spec.containers.push({ name: 'other' });
    expect(storageViolation(pod, new Map())?.message).toBe(
      'Container main exceeded its local ephemeral storage limit "5Mi". ',
    );
  });

  it('is measured only if it has a limit', () => {
    expect(hasStorageLimits(consumption('p', {}).pod)).toBe(false);
    expect(hasStorageLimits(consumption('p', { volumes }).pod)).toBe(true);
    expect(hasStorageLimits(consumption('p', { limits: { 'ephemeral-storage': '1' } }).pod)).toBe(
      true,
    );
    const memory = [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1' } }];
    expect(hasStorageLimits(consumption('p', { volumes: memory }).pod)).toBe(false);
  });
});
