import { describe, expect, it } from 'vitest';
import { LOCAL_PATH } from '../../../apimachinery/local-path.ts';
import { onNode } from '../testing/storage-samples.ts';
import { StorageWorld } from '../testing/storage-world.ts';

const DELAYED = { volumeBindingMode: 'WaitForFirstConsumer' };

function newWorld(): StorageWorld {
  const world = new StorageWorld();
  world.addNode('a');
  world.addNode('b');
  return world;
}

const boundTo = (world: StorageWorld, claim: string): string | undefined =>
  world.claim(claim).spec.volumeName;

const phases = (world: StorageWorld): Record<string, string | undefined> =>
  Object.fromEntries(world.volumes().map(({ metadata, status }) => [metadata.name, status?.phase]));

describe('VOLUME-1: a claim gets the smallest volume that will do', () => {
  it('and both say so as upstream has it', () => {
    const world = newWorld();
    for (const size of [5, 2, 3]) {
      world.addVolume(`v${size}`, { capacity: { storage: `${size}Gi` } });
    }
    world.addClaim('data', { resources: { requests: { storage: '1500Mi' } } });
    world.settle();
    expect(world.claim('data')).toMatchObject({
      metadata: {
        annotations: {
          'pv.kubernetes.io/bind-completed': 'yes',
          'pv.kubernetes.io/bound-by-controller': 'yes',
        },
      },
      spec: { volumeName: 'v2' },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' } },
    });
    expect(world.volume('v2')).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
      spec: {
        claimRef: { namespace: 'shop', name: 'data', uid: world.claim('data').metadata.uid },
      },
      status: { phase: 'Bound' },
    });
    expect(phases(world)).toEqual({ v5: 'Available', v2: 'Bound', v3: 'Available' });
  });

  it.each([
    { what: 'size', volume: { capacity: { storage: '500Mi' } }, claim: {} },
    { what: 'class', volume: { storageClassName: 'slow' }, claim: { storageClassName: 'fast' } },
    { what: 'mode', volume: { volumeMode: 'Block' }, claim: {} },
    { what: 'access', volume: {}, claim: { accessModes: ['ReadWriteMany'] } },
    { what: 'selector', volume: {}, claim: { selector: { matchLabels: { disk: 'ssd' } } } },
  ])('not one of another $what', ({ volume, claim }) => {
    const world = newWorld();
    world.addVolume('other', volume);
    world.addClaim('data', claim);
    world.settle();
    expect(phases(world)).toEqual({ other: 'Available' });
    expect(world.claim('data').status?.phase).toBe('Pending');
    expect(world.claim('data').metadata.annotations).toBeUndefined();
  });

  it('one with fewer access modes before a smaller one', () => {
    const world = newWorld();
    const accessModes = ['ReadWriteOnce', 'ReadOnlyMany'];
    world.addVolume('more', { accessModes, capacity: { storage: '1Gi' } });
    world.addVolume('fewer', {});
    world.addClaim('data');
    world.settle();
    expect(boundTo(world, 'data')).toBe('fewer');
  });

  it('when one comes, if there was none', () => {
    const world = newWorld();
    world.addClaim('data');
    world.settle();
    expect(world.lastEvent('data')).toBe(
      'FailedBinding: no persistent volumes available for this claim and no storage class is set',
    );
    world.addVolume('late');
    world.settle();
    expect(boundTo(world, 'data')).toBe('late');
  });
});

describe('VOLUME-2: users may choose', () => {
  it('the claim of a volume', () => {
    const world = newWorld();
    world.addVolume('kept', { claimRef: { namespace: 'shop', name: 'mine' } });
    world.addClaim('other');
    world.settle();
    expect(phases(world)).toEqual({ kept: 'Available' });
    world.addClaim('mine');
    world.settle();
    expect(boundTo(world, 'mine')).toBe('kept');
    expect(world.volume('kept').metadata.annotations).toBeUndefined();
    world.shop.delete('persistentvolumeclaims', 'mine');
    world.settle();
    expect(phases(world)).toEqual({ kept: 'Released' });
  });

  it('the volume of a claim', () => {
    const world = newWorld();
    world.addVolume('small', { capacity: { storage: '1Gi' } });
    world.addVolume('large');
    world.addClaim('data', { volumeName: 'large' });
    world.settle();
    expect(world.claim('data').status?.phase).toBe('Bound');
    expect(world.claim('data').metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
    });
    expect(phases(world)).toEqual({ small: 'Available', large: 'Bound' });
  });

  it.each([
    { volume: { capacity: { storage: '1Mi' } }, want: 'requested PV is too small' },
    { volume: { storageClassName: 'slow' }, want: 'storageClassName does not match' },
    { volume: { volumeMode: 'Block' }, want: 'incompatible volumeMode' },
    { volume: { accessModes: ['ReadOnlyMany'] }, want: 'incompatible accessMode' },
  ])('but not one that will not do: $want', ({ volume, want }) => {
    const world = newWorld();
    world.addVolume('other', volume);
    world.addClaim('data', { volumeName: 'other' });
    world.settle();
    expect(world.lastEvent('data')).toBe(
      `VolumeMismatch: Cannot bind to requested volume "other": ${want}`,
    );
    expect(phases(world)).toEqual({ other: 'Available' });
  });

  it('nor one that another has', () => {
    const world = newWorld();
    world.addVolume('v');
    world.addClaim('first');
    world.settle();
    world.addClaim('second', { volumeName: 'v' });
    world.settle();
    expect(world.lastEvent('second')).toBe(
      'FailedBinding: volume "v" already bound to a different claim.',
    );
    expect(world.claim('second').status?.phase).toBe('Pending');
  });
});

describe('VOLUME-3: a claim of a class that waits for the first pod', () => {
  it('says for what it waits, and gets a directory of the node that was chosen', () => {
    const world = newWorld();
    world.addLocalPath();
    world.addClaim('data', { storageClassName: 'local-path' });
    world.settle();
    expect(world.lastEvent('data')).toBe(
      'WaitForFirstConsumer: waiting for first consumer to be created before binding',
    );
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const spec = { containers: [{ name: 'c', image: 'i' }], volumes };
    world.shop.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });
    world.settle();
    expect(world.lastEvent('data')).toBe(
      'WaitForPodScheduled: waiting for pod web to be scheduled',
    );
    world.selectNode('data', 'b');
    world.settle();
    const name = `pvc-${world.claim('data').metadata.uid}`;
    expect(world.lastEvent('data')).toBe(
      `ProvisioningSucceeded: Successfully provisioned volume ${name} using ${LOCAL_PATH}`,
    );
    expect(world.claim('data')).toMatchObject({
      metadata: {
        annotations: {
          'pv.kubernetes.io/bind-completed': 'yes',
          'volume.kubernetes.io/storage-provisioner': LOCAL_PATH,
          'volume.beta.kubernetes.io/storage-provisioner': LOCAL_PATH,
        },
      },
      spec: { volumeName: name },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    });
    expect(world.volume(name)).toMatchObject({
      metadata: {
        annotations: { 'pv.kubernetes.io/provisioned-by': LOCAL_PATH },
        finalizers: [LOCAL_PATH, 'kubernetes.io/pv-protection'],
      },
      spec: {
        local: { path: `/volumes/${name}` },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'local-path',
        ...onNode('b'),
      },
      status: { phase: 'Bound' },
    });
  });

  it('gets a volume that the node has, rather than a new one', () => {
    const world = newWorld();
    world.addLocalPath();
    const volume = { storageClassName: 'local-path' };
    world.addVolume('on-a', { ...volume, ...onNode('a') });
    world.addVolume('on-b', { ...volume, ...onNode('b') });
    world.addClaim('data', { storageClassName: 'local-path' });
    world.settle();
    world.selectNode('data', 'b');
    world.settle();
    expect(boundTo(world, 'data')).toBe('on-b');
  });

  it('is given back to the scheduler when somebody else was faster', () => {
    const world = newWorld();
    world.addClass('disks', 'kubernetes.io/no-provisioner', DELAYED);
    world.addVolume('on-a', { storageClassName: 'disks', ...onNode('a') });
    for (const name of ['one', 'two']) world.addClaim(name, { storageClassName: 'disks' });
    world.settle();
    world.selectNode('one', 'a');
    world.selectNode('two', 'a');
    world.settle();
    const [won, lost] = boundTo(world, 'one') === 'on-a' ? ['one', 'two'] : ['two', 'one'];
    expect(boundTo(world, won)).toBe('on-a');
    expect(boundTo(world, lost)).toBeUndefined();
    expect(world.claim(lost).metadata.annotations).toBeUndefined();
  });

  it('is given back when the node is not there any more, with the reason', () => {
    const world = newWorld();
    world.addLocalPath();
    world.addClaim('data', { storageClassName: 'local-path' });
    world.settle();
    world.selectNode('data', 'gone');
    world.settle();
    expect(world.shop.events).toContainEqual(
      expect.objectContaining({
        reason: 'ProvisioningFailed',
        message: 'failed to provision volume with StorageClass "local-path": node "gone" not found',
      }),
    );
    expect(world.claim('data').metadata.annotations).not.toHaveProperty(
      'volume.kubernetes.io/selected-node',
    );
  });

  it.each([
    { spec: { accessModes: ['ReadWriteMany'] }, want: 'only the access modes' },
    { spec: { volumeMode: 'Block' }, want: 'volumeMode Block is not supported' },
    { spec: { selector: { matchLabels: { a: 'b' } } }, want: 'claim Selector is not supported' },
  ])('is told what cannot be made: $want', ({ spec, want }) => {
    const world = newWorld();
    world.addLocalPath();
    world.addClaim('data', { storageClassName: 'local-path', ...spec });
    world.settle();
    world.selectNode('data', 'a');
    world.settle();
    expect(world.lastEvent('data')).toContain(want);
    expect(world.volumes()).toEqual([]);
  });
});
