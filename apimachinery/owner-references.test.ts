import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from './meta.ts';
import {
  controllerOf,
  isControlledBy,
  newControllerRef,
  withOwnerReference,
  withoutOwnerReferences,
} from './owner-references.ts';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u1' };
const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u2' };
const pod = (
  ownerReferences?: KubernetesObject['metadata']['ownerReferences'],
): KubernetesObject => ({
  metadata: { name: 'p', ...(ownerReferences === undefined ? {} : { ownerReferences }) },
});

describe('owner references', () => {
  it('tell the controller from other owners', () => {
    const owned = pod([other, newControllerRef(owner)]);
    expect(controllerOf(owned)).toMatchObject({ uid: 'u1', blockOwnerDeletion: true });
    expect(controllerOf(pod([other]))).toBeUndefined();
    expect(isControlledBy(owned, 'u1')).toBe(true);
    expect(isControlledBy(owned, 'u2')).toBe(false);
  });

  it('are added beside others, and replace one of the same uid', () => {
    const twice = withOwnerReference(pod([other, owner]), newControllerRef(owner));
    expect(twice.metadata.ownerReferences).toEqual([other, newControllerRef(owner)]);
  });

  it('go by uid, and the field with the last of them', () => {
    const source = pod([other, owner]);
    expect(withoutOwnerReferences(source, new Set(['u1'])).metadata).toEqual({
      name: 'p',
      ownerReferences: [other],
    });
    expect(withoutOwnerReferences(source, new Set(['u1', 'u2'])).metadata).toEqual({ name: 'p' });
    expect(source.metadata.ownerReferences).toHaveLength(2);
  });
});
