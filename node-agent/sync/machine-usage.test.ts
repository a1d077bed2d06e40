import { expect, it } from 'vitest';
import { readMachineUsage, workingSet } from './machine-usage.ts';

it('the working set of a machine is without what is free and files that nobody reads', () => {
  const text = 'MemTotal:     1000 kB\nMemFree:       300 kB\nInactive(file):  100 kB\n';
  expect(workingSet(text)).toBe(600 * 1024);
  expect(workingSet('')).toBeUndefined();
});

it('reads counters of this machine that never shrink', async () => {
  const first = await readMachineUsage();
  const second = await readMachineUsage();
  expect(first.workingSetBytes).toBeGreaterThan(0);
  expect(second.usageCoreNanoSeconds).toBeGreaterThanOrEqual(first.usageCoreNanoSeconds);
});
