import { describe, expect, it } from 'vitest';
import type { PressureType } from './eviction/signals.ts';
import { refuseAdmission } from './pod-admission.ts';

const pod = (spec: object = {}) => ({
  metadata: { namespace: 'shop', name: 'web', uid: 'u' },
  spec: { containers: [{ name: 'main' }], ...spec },
});
const burstable = {
  containers: [{ name: 'main', resources: { requests: { memory: '1Mi' } } }],
};
const MEMORY: PressureType[] = ['MemoryPressure'];
const DISK: PressureType[] = ['DiskPressure'];

describe('A node that is short of something', () => {
  it.each([
    { spec: {}, pressures: [], taken: true },
    { spec: {}, pressures: MEMORY, taken: false },
    { spec: burstable, pressures: MEMORY, taken: true },
    { spec: burstable, pressures: DISK, taken: false },
    { spec: burstable, pressures: [...DISK, ...MEMORY], taken: false },
    { spec: { priority: 2_000_000_000 }, pressures: DISK, taken: true },
    {
      spec: { tolerations: [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }] },
      pressures: MEMORY,
      taken: true,
    },
  ])('takes a pod with $spec under $pressures: $taken', ({ spec, pressures, taken }) => {
    const refusal = refuseAdmission(pod(spec), pressures);
    if (taken) expect(refusal).toBeUndefined();
    else {
      const conditions = pressures.join(' ');
      expect(refusal).toMatchObject({
        reason: 'Evicted',
        message: `Pod was rejected: The node had condition: [${conditions}]. `,
      });
    }
  });
});

describe('A node refuses a pod', () => {
  const sysctls = (name: string) => ({ securityContext: { sysctls: [{ name, value: '1' }] } });

  it.each([
    { spec: sysctls('kernel.shm_rmid_forced'), want: undefined },
    {
      spec: sysctls('kernel.msgmax'),
      want: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
    },
    {
      spec: { ...sysctls('net.ipv4.tcp_syncookies'), hostNetwork: true },
      want: 'Pod was rejected: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
    },
    {
      spec: { securityContext: { supplementalGroupsPolicy: 'Strict' } },
      want: 'Pod was rejected: SupplementalGroupsPolicy=Strict is not supported in this node',
    },
  ])('with $spec: $want', ({ spec, want }) => {
    expect(refuseAdmission(pod(spec), [])?.message).toBe(want);
  });
});
