import { expect, it } from 'vitest';
import { interpretStats } from './stats.ts';

const READ = '2026-01-01T00:00:00.123456789Z';

it.each<{ cgroup: string; stats: Record<string, number> }>([
  { cgroup: 'v1', stats: { total_inactive_file: 300 } },
  { cgroup: 'v2', stats: { inactive_file: 300 } },
])('the working set is without inactive files, cgroup $cgroup', ({ stats }) => {
  const read = interpretStats({
    read: READ,
    cpu_stats: { cpu_usage: { total_usage: 5_000 } },
    memory_stats: { usage: 1_000, stats },
  });
  expect(read).toEqual({
    timestampMs: Date.UTC(2026, 0, 1) + 123,
    usageCoreNanoSeconds: 5_000,
    workingSetBytes: 700,
  });
});

it('never tells of less than no memory, nor of a container that has ended', () => {
  const memory_stats = { usage: 1, stats: { inactive_file: 2 } };
  expect(interpretStats({ read: READ, memory_stats })?.workingSetBytes).toBe(0);
  expect(interpretStats({ read: '0001-01-01T00:00:00Z', memory_stats: {} })).toBeUndefined();
});
