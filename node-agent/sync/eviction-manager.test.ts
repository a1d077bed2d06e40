import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Observations } from '../diff/eviction/signals.ts';
import type { DesiredPod } from '../diff/pod.ts';
import { ManualClock } from '../manual-clock.ts';
import { EvictionManager } from './eviction-manager.ts';
import type { MeasuredPod } from './pod-consumption.ts';

const LOW_MEMORY: Observations = { 'memory.available': { available: 1, capacity: 1000 } };
const LOW_DISK: Observations = { 'nodefs.available': { available: 1, capacity: 1000 } };

const pod = (name: string, spec: object = {}): DesiredPod => ({
  metadata: { namespace: 'shop', name, uid: name },
  spec: { containers: [{ name: 'main' }], ...spec },
});

const measured = (of: DesiredPod, bytes: number): MeasuredPod => ({
  pod: of,
  containers: [{ name: 'main', memoryBytes: bytes, diskBytes: bytes }],
  volumeBytes: 0,
  volumeInodes: 0,
  volumes: new Map([['v', bytes]]),
});

function given(first: Observations, pods: MeasuredPod[]) {
  const clock = new ManualClock();
  const said: string[] = [];
  const state = { observations: first, active: pods.map((one) => one.pod) };
  const afterImages: { observations?: Observations } = {};
  const manager = new EvictionManager({
    clock,
    logger: pino({ level: 'silent' }),
    thresholds: { 'memory.available': '100', 'nodefs.available': '10%' },
    observe: async () => state.observations,
    activePods: () => state.active,
    measure: async (wanted) => pods.filter((one) => wanted.includes(one.pod)),
    removeUnusedImages: async () => {
      said.push('images removed');
      state.observations = afterImages.observations ?? state.observations;
    },
    evict: (uid, failure) => said.push(`${uid}: ${failure.message}`),
    warn: (reason, message) => said.push(`${reason}: ${message}`),
    onPressures: () => said.push(`pressures: ${manager.active().join(', ')}`),
  });
  return { manager, clock, said, state, afterImages };
}

describe('A node that runs out', () => {
  it('of memory ends the pod that uses most, and waits for its end before the next', async () => {
    const [small, large] = [measured(pod('small'), 10), measured(pod('large'), 20)];
    const { manager, said, state } = given(LOW_MEMORY, [small, large]);
    await manager.look();
    expect(said).toEqual([
      'pressures: MemoryPressure',
      'EvictionThresholdMet: Attempting to reclaim memory',
      'large: The node was low on resource: memory. Threshold quantity: 100, available: 1. Container main was using 20, request is 0, has larger consumption of memory. ',
    ]);
    said.length = 0;
    await manager.look();
    expect(said).toEqual([]);
    state.active = [small.pod];
    await manager.look();
    expect(said[1]).toMatch(/^small: The node was low/);
  });

  it('of disk ends no pod when images give enough back', async () => {
    const { manager, said, afterImages } = given(LOW_DISK, [measured(pod('web'), 10)]);
    afterImages.observations = {};
    await manager.look();
    expect(said).toEqual([
      'pressures: DiskPressure',
      'EvictionThresholdMet: Attempting to reclaim ephemeral-storage',
      'images removed',
    ]);
    expect(manager.active()).toEqual(['DiskPressure']);
  });

  it('of disk ends a pod when images do not', async () => {
    const { manager, said } = given(LOW_DISK, [measured(pod('web'), 10)]);
    await manager.look();
    expect(said.at(-1)).toMatch(/^web: The node was low on resource: ephemeral-storage\./);
  });

  it('says so until five minutes after it was last so', async () => {
    const { manager, said, state, clock } = given(LOW_MEMORY, []);
    await manager.look();
    state.observations = {};
    clock.advance(299_000);
    await manager.look();
    expect(said).not.toContain('pressures: ');
    clock.advance(1_000);
    await manager.look();
    expect(said.at(-1)).toBe('pressures: ');
  });
});

describe('A node with room', () => {
  it('ends a pod that writes more than it may', async () => {
    const volumes = [{ name: 'v', emptyDir: { sizeLimit: '15' } }];
    const [within, above] = [pod('within', { volumes }), pod('above', { volumes })];
    const { manager, said } = given({}, [measured(within, 15), measured(above, 16)]);
    await manager.look();
    expect(said).toEqual(['above: Usage of EmptyDir volume "v" exceeds the limit "15". ']);
  });
});
