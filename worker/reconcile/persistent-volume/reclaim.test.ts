import { describe, expect, it } from 'vitest';
import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import { StorageWorld } from '../testing/storage-world.ts';
import { needsClaimCheck } from './plan-volume.ts';
import { awaitsRemoval } from './volume-facts.ts';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';

function boundWorld(volume: object): StorageWorld {
  const world = new StorageWorld();
  world.addVolume('v', volume);
  world.addClaim('data');
  world.settle();
  expect(world.claim('data').status?.phase).toBe('Bound');
  return world;
}

describe('VOLUME-4: a volume whose claim is deleted', () => {
  it.each([
    { policy: 'Retain', phase: 'Released', event: undefined },
    {
      policy: 'Recycle',
      phase: 'Failed',
      event: 'VolumeFailedRecycle: No recycler plugin found for the volume!',
    },
    {
      policy: 'Delete',
      phase: 'Failed',
      event:
        'VolumeFailedDelete: error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
    },
  ])('is $phase where the policy is $policy', ({ policy, phase, event }) => {
    const world = boundWorld({ persistentVolumeReclaimPolicy: policy });
    world.shop.delete(CLAIMS, 'data');
    world.settle();
    expect(world.volume('v').status?.phase).toBe(phase);
    expect(world.lastEvent('v')).toBe(event);
    world.addClaim('data');
    world.settle();
    expect(world.claim('data').status?.phase).toBe('Pending');
  });

  it('is had again when somebody takes the old claim out of it', () => {
    const world = boundWorld({});
    world.shop.delete(CLAIMS, 'data');
    world.addClaim('other');
    world.settle();
    expect(world.claim('other').status?.phase).toBe('Pending');
    world.cluster.edit(VOLUMES, 'v', (draft) => {
      delete (draft['spec'] as { claimRef?: object }).claimRef;
    });
    world.settle();
    expect(world.claim('other').spec.volumeName).toBe('v');
  });

  it('waits for its node where it is a directory of it', () => {
    const world = new StorageWorld();
    world.addNode('a');
    world.addLocalPath();
    world.addClaim('data', { storageClassName: 'local-path' });
    world.settle();
    world.selectNode('data', 'a');
    world.settle();
    const { name } = world.volumes()[0]!.metadata;
    expect(awaitsRemoval(world.volume(name))).toBe(false);
    world.cluster.delete(VOLUMES, name);
    world.settle();
    expect(awaitsRemoval(world.volume(name))).toBe(false);
    world.shop.delete(CLAIMS, 'data');
    world.settle();
    expect(world.volume(name).metadata.finalizers).toEqual([LOCAL_PATH]);
    expect(awaitsRemoval(world.volume(name))).toBe(true);
  });

  it('does not wait where the directory is to be kept', () => {
    const world = new StorageWorld();
    world.addNode('a');
    world.addClass('keep', LOCAL_PATH, {
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    world.addClaim('data', { storageClassName: 'keep' });
    world.settle();
    world.selectNode('data', 'a');
    world.settle();
    world.shop.delete(CLAIMS, 'data');
    world.settle();
    const { name } = world.volumes()[0]!.metadata;
    expect(world.volume(name).status?.phase).toBe('Released');
    expect(awaitsRemoval(world.volume(name))).toBe(false);
    world.cluster.delete(VOLUMES, name);
    world.settle();
    expect(world.volumes()).toEqual([]);
  });
});

describe('VOLUME-5: a claim', () => {
  it('is lost with its volume, and found with it', () => {
    const world = boundWorld({});
    world.cluster.remove(VOLUMES, 'v');
    world.settle();
    expect(world.claim('data').status).toEqual({ phase: 'Lost' });
    expect(world.lastEvent('data')).toBe(
      'ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
    world.addVolume('v');
    world.settle();
    expect(world.claim('data').status?.phase).toBe('Bound');
  });

  it('is lost when its volume has become that of another', () => {
    const world = boundWorld({});
    world.cluster.remove(VOLUMES, 'v');
    world.addVolume('v', { claimRef: { namespace: 'shop', name: 'other', uid: 'other' } });
    world.settle();
    expect(world.lastEvent('data')).toBe(
      'ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly',
    );
  });

  it('keeps its volume from being deleted', () => {
    const world = boundWorld({});
    world.cluster.delete(VOLUMES, 'v');
    world.settle();
    expect(world.claim('data').status?.phase).toBe('Bound');
    world.shop.delete(CLAIMS, 'data');
    world.settle();
    expect(world.volumes()).toEqual([]);
  });

  it('without a class gets the default one, also when that comes later', () => {
    const world = new StorageWorld();
    world.addClaim('none', { storageClassName: undefined });
    world.addClaim('empty', { storageClassName: '' });
    world.settle();
    world.addLocalPath();
    world.settle();
    expect(world.claim('none').spec.storageClassName).toBe('local-path');
    expect(world.claim('empty').spec.storageClassName).toBe('');
  });
});

describe('VOLUME-6: other provisioners', () => {
  it('are asked by annotations, and what they make is bound', () => {
    const world = new StorageWorld();
    world.addClass('outside', 'example.com/disks');
    world.addClaim('data', { storageClassName: 'outside' });
    world.settle();
    expect(world.lastEvent('data')).toBe(
      "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/disks' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    );
    const { metadata } = world.claim('data');
    expect(metadata.annotations).toEqual({
      'volume.beta.kubernetes.io/storage-provisioner': 'example.com/disks',
      'volume.kubernetes.io/storage-provisioner': 'example.com/disks',
    });
    const claimRef = { namespace: 'shop', name: 'data', uid: metadata.uid };
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'example.com/disks' };
    const spec = { claimRef, storageClassName: 'outside', persistentVolumeReclaimPolicy: 'Delete' };
    world.addVolume('theirs', spec, { annotations });
    world.settle();
    expect(world.claim('data').spec.volumeName).toBe('theirs');
    world.shop.delete(CLAIMS, 'data');
    world.settle();
    expect(world.volume('theirs').status?.phase).toBe('Released');
  });

  it.each([
    { storageClassName: 'absent', want: 'storageclass.storage.k8s.io "absent" not found' },
    {
      storageClassName: 'by-hand',
      want: 'no volume plugin matched name: kubernetes.io/no-provisioner',
    },
  ])('that are not there: $want', ({ storageClassName, want }) => {
    const world = new StorageWorld();
    world.addClass('by-hand', 'kubernetes.io/no-provisioner');
    world.addClaim('data', { storageClassName });
    world.settle();
    expect(world.lastEvent('data')).toBe(`ProvisioningFailed: ${want}`);
  });

  it('may be ahead of the copy of a claim, which releases nothing', () => {
    const world = new StorageWorld();
    world.addVolume('early', { claimRef: { namespace: 'shop', name: 'data', uid: 'unseen' } });
    world.settle();
    expect(world.volume('early').status?.phase).toBe('Pending');
    expect(needsClaimCheck(world.volume('early'), null)).toBe(true);
  });
});
