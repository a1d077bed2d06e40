import { describe, expect, it } from 'vitest';
import type { BoundVolume } from '../../apimachinery/agent-protocol.ts';
import { emptyContext } from '../../test/fakes/plan-context.ts';
import { planVolume, UnboundClaimError } from './volume-plan.ts';

function plan(bound: Partial<BoundVolume> | undefined, volume: object = {}) {
  const mounted = { name: 'v', persistentVolumeClaim: { claimName: 'data' }, ...volume };
  const pod = {
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: { containers: [], volumes: [mounted] },
    ...(bound === undefined
      ? {}
      : { boundVolumes: { v: { claim: 'data', name: 'disk', ...bound } } }),
  };
  return planVolume(mounted, emptyContext(pod));
}

describe('a claim on a node', () => {
  it.each([
    {
      source: { local: { path: '/volumes/disk' } },
      want: { kind: 'local', path: '/volumes/disk', volume: 'disk' },
    },
    {
      source: { hostPath: { path: '/mnt' } },
      want: { kind: 'hostPath', path: '/mnt', type: '' },
    },
    {
      source: { hostPath: { path: '/mnt', type: 'Directory' } },
      want: { kind: 'hostPath', path: '/mnt', type: 'Directory' },
    },
  ])('is made of $source', ({ source, want }) => {
    expect(plan({ source })).toEqual(want);
  });

  it.each([
    { bound: {}, want: 'no volume plugin matched' },
    {
      bound: { volumeMode: 'Block', source: { local: { path: '/dev/x' } } },
      want: 'volumeMode Block is not available on this node',
    },
  ])('cannot be had: $want', ({ bound, want }) => {
    expect(() => plan(bound)).toThrow(want);
  });

  it('that is not bound has no volume', () => {
    expect(() => plan(undefined)).toThrow(UnboundClaimError);
    expect(() => plan(undefined)).toThrow('error processing PVC shop/data: PVC is not bound');
    const ephemeral = { persistentVolumeClaim: undefined, ephemeral: {} };
    expect(() => plan(undefined, ephemeral)).toThrow('PVC shop/web-v: PVC is not bound');
  });
});
