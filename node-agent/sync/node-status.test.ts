import { describe, expect, it } from 'vitest';
import { nextPressures, noPressures } from '../diff/eviction/pressure.ts';
import type { Pressures } from '../diff/eviction/pressure.ts';
import { buildNodeStatus, sameNodeStatus } from './node-status.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');

function status(pressures: Pressures, over: object = {}) {
  return buildNodeStatus({
    engine: {
      cpuCount: 4,
      memoryBytes: 2 ** 30,
      architecture: 'amd64',
      operatingSystem: 'linux',
      osImage: 'Debian',
      kernelVersion: '6',
      containerRuntimeVersion: 'docker://20',
    },
    machine: {
      internalIP: '192.0.2.1',
      hostname: 'edge',
      machineID: 'm',
      systemUUID: 's',
      bootID: 'b',
      diskBytes: 2 ** 30,
    },
    allocatable: { cpu: '4' },
    images: [],
    agentVersion: '1',
    startedAtMs: NOW,
    pressures,
    now: NOW,
    ...over,
  });
}

const conditions = (pressures: Pressures) =>
  status(pressures)['conditions'] as Record<string, string>[];

describe('PRESSURE-1: the status of a node', () => {
  it("says that it runs out of nothing, in kubelet's words", () => {
    const said = conditions(noPressures(NOW)).map(
      ({ type, status: value, reason, message }) => `${type}=${value} ${reason}: ${message}`,
    );
    expect(said).toEqual([
      'MemoryPressure=False KubeletHasSufficientMemory: kubelet has sufficient memory available',
      'DiskPressure=False KubeletHasNoDiskPressure: kubelet has no disk pressure',
      'PIDPressure=False KubeletHasSufficientPID: kubelet has sufficient PID available',
      'Ready=True KubeletReady: kubelet is posting ready status',
    ]);
  });

  it('says what it runs out of, and since when', () => {
    const met = [
      { signal: 'memory.available' as const, quantity: 2, available: 1 },
      { signal: 'imagefs.available' as const, quantity: 2, available: 1 },
    ];
    const [memory, disk, pids] = conditions(nextPressures(noPressures(NOW), met, NOW + 5000));
    const lastTransitionTime = '2026-05-01T12:00:05Z';
    expect(memory).toMatchObject({
      status: 'True',
      reason: 'KubeletHasInsufficientMemory',
      message: 'kubelet has insufficient memory available',
      lastTransitionTime,
    });
    expect(disk).toMatchObject({
      status: 'True',
      reason: 'KubeletHasDiskPressure',
      message: 'kubelet has disk pressure',
      lastTransitionTime,
    });
    expect(pids).toMatchObject({ lastTransitionTime: '2026-05-01T12:00:00Z' });
  });

  it('IMAGE-5: names the largest images, and differs when they do', () => {
    const image = (name: string, sizeBytes: number) => ({ id: name, names: [name], sizeBytes });
    const nameless = { id: 'x', names: [], sizeBytes: 9 };
    const before = status(noPressures(NOW));
    const after = status(noPressures(NOW), {
      images: [image('a:1', 1), nameless, image('b:1', 2)],
    });
    expect(after['images']).toEqual([
      { names: ['b:1'], sizeBytes: 2 },
      { names: ['a:1'], sizeBytes: 1 },
    ]);
    expect(sameNodeStatus(before, after)).toBe(false);
    expect(sameNodeStatus(before, status(noPressures(NOW), { now: NOW + 1000 }))).toBe(true);
  });
});
