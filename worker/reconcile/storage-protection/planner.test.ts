import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { claimProtectionPlanner, volumeProtectionPlanner } from './planner.ts';

const claim = (metadata: object = {}): KubernetesObject => ({
  metadata: { name: 'data', ...metadata },
});
const pod = (volumes: object[], metadata: object = {}, nodeName = 'a'): KubernetesObject => ({
  metadata: { name: 'web', ...metadata },
  spec: { nodeName, volumes },
});

const DELETED = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const MOUNTED = { name: 'v', persistentVolumeClaim: { claimName: 'data' } };
const EPHEMERAL = { name: 'tmp', ephemeral: {} };
const OVER = { ...DELETED, deletionGracePeriodSeconds: 0 };

describe('what may end the protection of a claim, or begin it', () => {
  const protectedClaim = { finalizers: ['kubernetes.io/pvc-protection'] };

  it.each([
    ['a claim that is protected', 'persistentvolumeclaims', null, claim(protectedClaim), []],
    ['a claim that is not', 'persistentvolumeclaims', null, claim(), ['data']],
    [
      'a deleted claim',
      'persistentvolumeclaims',
      claim(protectedClaim),
      claim({ ...protectedClaim, ...DELETED }),
      ['data'],
    ],
    ['a claim that is gone', 'persistentvolumeclaims', claim(), null, []],
    ['a pod that is gone', 'pods', pod([MOUNTED, EPHEMERAL]), null, ['data', 'web-tmp']],
    ['a pod that comes', 'pods', null, pod([MOUNTED]), []],
    ['a pod that stays', 'pods', pod([MOUNTED]), pod([MOUNTED]), []],
    ['a pod without a node', 'pods', pod([MOUNTED], {}, ''), null, []],
    ['a pod that is shut down', 'pods', pod([EPHEMERAL]), pod([EPHEMERAL], OVER), ['web-tmp']],
    ['something else', 'secrets', claim(), claim(), []],
  ])('%s', (_what, resource, before, after, keys) => {
    const name = (after ?? before).metadata.name!;
    const change = { resource, name, before, after };
    expect(claimProtectionPlanner.keysFor(change)).toEqual(keys);
  });
});

it('a volume is looked at when it is deleted, released, or not protected', () => {
  const finalizers = ['kubernetes.io/pv-protection'];
  const keysFor = (metadata: object): readonly string[] =>
    volumeProtectionPlanner.keysFor({
      resource: 'persistentvolumes',
      name: 'data',
      before: null,
      after: claim(metadata),
    });
  expect(keysFor({ finalizers })).toEqual([]);
  expect(keysFor({ finalizers, ...DELETED })).toEqual(['data']);
  expect(keysFor({})).toEqual(['data']);
});
