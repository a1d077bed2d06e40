import { expect, it } from 'vitest';
import { summaryOf } from './stats-summary.ts';

it('NODEAPI-3: the summary has what the engine tells: CPU and memory of node, pods and containers', () => {
  const at = Date.UTC(2026, 0, 1);
  const usage = {
    node: { timestampMs: at, windowMs: 1000, cpuNanoCores: 5, memoryBytes: 6 },
    pods: [
      {
        namespace: 'ns',
        name: 'web',
        uid: 'u1',
        timestampMs: at,
        windowMs: 1000,
        containers: [
          { name: 'a', cpuNanoCores: 1, memoryBytes: 10 },
          { name: 'b', cpuNanoCores: 2, memoryBytes: 20 },
        ],
      },
    ],
  };
  const time = '2026-01-01T00:00:00.000Z';
  const resources = (cpu: number, memory: number) => ({
    cpu: { time, usageNanoCores: cpu },
    memory: { time, workingSetBytes: memory },
  });
  expect(summaryOf('n1', usage, [])).toEqual({
    node: { nodeName: 'n1', ...resources(5, 6) },
    pods: [
      {
        podRef: { namespace: 'ns', name: 'web', uid: 'u1' },
        startTime: undefined,
        containers: [
          { name: 'a', startTime: undefined, ...resources(1, 10) },
          { name: 'b', startTime: undefined, ...resources(2, 20) },
        ],
        ...resources(3, 30),
      },
    ],
  });
});
