import { expect, it } from 'vitest';
import { computeUsage } from './usage.ts';
import type { ContainerReading, UsageReading } from './usage.ts';

const pod = { namespace: 'shop', name: 'web', uid: 'u' };
const T = 1_000_000;

const reading = (
  atMs: number,
  containers: Record<string, Partial<ContainerReading> | undefined>,
  busyNs = 0,
): UsageReading => ({
  atMs,
  machine: { usageCoreNanoSeconds: busyNs, workingSetBytes: 5 },
  containers: new Map(
    Object.entries(containers).map(([id, fields]) => [
      id,
      fields === undefined
        ? undefined
        : {
            id,
            pod,
            name: id,
            startedAtMs: 0,
            timestampMs: atMs,
            usageCoreNanoSeconds: 0,
            workingSetBytes: 7,
            ...fields,
          },
    ]),
  ),
  pods: [{ pod, containers: Object.keys(containers) }],
});

it('CPU is a rate between two readings, memory what it is at the second', () => {
  const before = reading(T, { a: { usageCoreNanoSeconds: 1e9 } }, 1e9);
  const after = reading(T + 10_000, { a: { usageCoreNanoSeconds: 6e9 } }, 21e9);
  const period = { timestampMs: T + 10_000, windowMs: 10_000 };
  expect(computeUsage(before, after)).toEqual({
    node: { ...period, cpuNanoCores: 2e9, memoryBytes: 5 },
    pods: [{ ...pod, ...period, containers: [{ name: 'a', cpuNanoCores: 5e8, memoryBytes: 7 }] }],
  });
});

it('a container that was started in between is measured from its start', () => {
  const after = reading(T + 10_000, { a: { startedAtMs: T + 6_000, usageCoreNanoSeconds: 2e9 } });
  const [usage] = computeUsage(reading(T, {}), after).pods;
  expect(usage).toMatchObject({ windowMs: 4_000, containers: [{ cpuNanoCores: 5e8 }] });
});

it.each([
  { what: 'has only just been started', container: { startedAtMs: T + 9_500 } },
  { what: 'could not be read', container: undefined },
])('a pod is left out while one of its containers $what', ({ container }) => {
  const before = reading(T, { a: {} });
  const after = reading(T + 10_000, { a: {}, b: container });
  expect(computeUsage(before, after).pods).toEqual([]);
});

it('a counter that went back counts as still', () => {
  const before = reading(T, { a: { usageCoreNanoSeconds: 9e9 } });
  const after = reading(T + 1_000, { a: { usageCoreNanoSeconds: 1e9 } });
  expect(computeUsage(before, after).pods[0]!.containers[0]!.cpuNanoCores).toBe(0);
});
