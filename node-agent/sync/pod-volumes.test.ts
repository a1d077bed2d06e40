import { describe, expect, it } from 'vitest';
import type { PlanContext } from '../diff/volume-plan.ts';
import { emptyContext } from '../../test/fakes/plan-context.ts';
import { containerMounts, setUpVolumes } from './pod-volumes.ts';
import { simulatedVolumes } from './volume-store.ts';

const source = { local: { path: '/simulated/volumes/disk' } };

/** Of a pod that mounts a claim. */
const context = (claim: object = {}): PlanContext =>
  emptyContext({
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: {
      containers: [],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data', ...claim } }],
    },
    boundVolumes: { v: { claim: 'data', name: 'disk', source } },
  });

describe('the volume of a claim', () => {
  it.each([
    { claim: {}, mount: {}, want: false },
    { claim: { readOnly: true }, mount: {}, want: true },
    { claim: {}, mount: { readOnly: true }, want: true },
  ])('is read-only ($want) by claim $claim and mount $mount', async ({ claim, mount, want }) => {
    const paths = await setUpVolumes(context(claim), simulatedVolumes);
    const container = {
      name: 'c',
      volumeMounts: [{ name: 'v', mountPath: '/data', subPath: 'sub', ...mount }],
    };
    expect(await containerMounts('u', container, paths, new Map(), simulatedVolumes)).toEqual([
      { hostPath: '/simulated/u/v/sub', containerPath: '/data', readOnly: want },
    ]);
  });

  it('that is not there is told by the name of the volume', async () => {
    const store = {
      ...simulatedVolumes,
      setUp: () => Promise.reject(new Error('path "/x" does not exist')),
    };
    await expect(setUpVolumes(context(), store)).rejects.toThrow(
      'MountVolume.NewMounter initialization failed for volume "disk" : path "/x" does not exist',
    );
  });
});
