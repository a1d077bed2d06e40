import { describe, expect, it } from 'vitest';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { computeLinuxResources } from './linux-resources.ts';
import { computeQOSClass } from './qos.ts';

const NODE_MEMORY = 8 * 2 ** 30;

function podOf(resources: NonNullable<ContainerSpec['resources']>): [DesiredPod, ContainerSpec] {
  const container = { name: 'main', resources };
  const metadata = { namespace: 'default', name: 'web', uid: 'u' };
  return [{ metadata, spec: { containers: [container] } }, container];
}

describe('Requests and limits', () => {
  it.each([
    {
      resources: {},
      wantClass: 'BestEffort',
      want: { cpuShares: 2, cpuQuota: 0, memoryLimitBytes: 0, oomScoreAdj: 1000 },
    },
    {
      resources: { limits: { cpu: '500m', memory: '64Mi' } },
      wantClass: 'Guaranteed',
      want: { cpuShares: 512, cpuQuota: 50_000, memoryLimitBytes: 67_108_864, oomScoreAdj: -997 },
    },
    {
      resources: { requests: { cpu: '250m', memory: '2Gi' }, limits: { memory: '4Gi' } },
      wantClass: 'Burstable',
      want: { cpuShares: 256, cpuQuota: 0, memoryLimitBytes: 2 ** 32, oomScoreAdj: 750 },
    },
    {
      resources: { requests: { cpu: '1m' }, limits: { cpu: '5m' } },
      wantClass: 'Burstable',
      want: { cpuShares: 2, cpuQuota: 1000, memoryLimitBytes: 0, oomScoreAdj: 999 },
    },
  ])('of $wantClass become what the kernel needs', ({ resources, wantClass, want }) => {
    const [pod, container] = podOf(resources);
    expect(computeQOSClass(pod)).toBe(wantClass);
    expect(computeLinuxResources(pod, container, NODE_MEMORY)).toEqual(want);
  });
});
