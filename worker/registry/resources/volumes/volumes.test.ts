import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';

const CLAIM = {
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'fast',
  },
};

describe('a claim', () => {
  const PVC = 'persistentvolumeclaims';
  const errors = (path: string, value: unknown): string[] =>
    errorsOf(PVC, created(PVC, withValue(CLAIM, path, value)));

  it('is pending at first', () => {
    const claim = created(PVC, CLAIM);
    expect(claim).toMatchObject({
      spec: { volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
    expect(errorsOf(PVC, claim)).toEqual([]);
  });

  it('says what it is filled from in both fields', () => {
    const source = { kind: 'PersistentVolumeClaim', name: 'other' };
    const filled = (path: string, value: object) =>
      created(PVC, withValue(CLAIM, path, value)).spec;
    expect(filled('spec.dataSource', source)).toMatchObject({ dataSourceRef: source });
    expect(filled('spec.dataSourceRef', source)).toMatchObject({ dataSource: source });
    const foreign = { apiGroup: 'example.com', kind: 'Image', name: 'x' };
    expect(filled('spec.dataSource', foreign)).not.toHaveProperty('dataSource');
  });

  it.each<[path: string, value: unknown, ...errors: string[]]>([
    [
      'spec.accessModes',
      [],
      'spec.accessModes: Required value: at least 1 access mode is required',
    ],
    [
      'spec.accessModes',
      ['ReadWriteOncePod', 'ReadWriteMany'],
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    ['spec.resources', {}, 'spec.resources[storage]: Required value'],
    [
      'spec.resources.requests.storage',
      '0',
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      'spec.volumeMode',
      'Tape',
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
  ])('%s %j is refused', (path, value, ...want) => {
    expect(errors(path, value)).toEqual(want);
  });

  it('grows once it is bound, and takes its volume once', () => {
    const pending = created(PVC, CLAIM);
    const bound = withValue(withValue(pending, 'spec.volumeName', 'v'), 'status', {
      phase: 'Bound',
      capacity: { storage: '1Gi' },
    });
    const change = (old: typeof pending, path: string, value: unknown): string[] =>
      errorsOf(PVC, updated(PVC, withValue(old, path, value), old), old);
    const storage = 'spec.resources.requests.storage';
    const kept = expect.stringMatching(/^spec: Forbidden: spec is immutable after creation except/);
    expect(change(pending, 'spec.volumeName', 'v')).toEqual([]);
    expect(change(bound, 'spec.volumeName', 'w')).toEqual([kept]);
    expect(change(bound, storage, '2Gi')).toEqual([]);
    expect(change(pending, storage, '2Gi')).toEqual([kept]);
    expect(change(bound, storage, '512Mi')).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
    expect(change(bound, 'spec.storageClassName', 'slow')).toEqual([kept]);
    expect(change(bound, 'spec.volumeMode', 'Block')).toEqual([
      kept,
      'volumeMode: Invalid value: "Block": field is immutable',
    ]);
  });
});

describe('a volume', () => {
  const PV = 'persistentvolumes';
  const VOLUME = {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/data' },
    },
  };
  const errors = (path: string, value: unknown): string[] =>
    errorsOf(PV, created(PV, withValue(VOLUME, path, value)));

  it('is kept after its claim, unless told otherwise', () => {
    const volume = created(PV, VOLUME);
    expect(volume).toMatchObject({
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
    expect(errorsOf(PV, volume)).toEqual([]);
  });

  it.each<[path: string, value: unknown, ...errors: string[]]>([
    ['spec.accessModes', undefined, 'spec.accessModes: Required value'],
    ['spec.capacity', undefined, 'spec.capacity: Required value'],
    [
      'spec.capacity.storage',
      '0',
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
    ],
    ['spec.hostPath', undefined, 'spec: Required value: must specify a volume type'],
    [
      'spec.nfs',
      { server: 's', path: '/' },
      'spec.nfs: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'spec.persistentVolumeReclaimPolicy',
      'Burn',
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
    [
      'spec.nodeAffinity',
      {},
      'spec.nodeAffinity.required: Required value: must specify required node constraints',
    ],
    [
      'spec.volumeAttributesClassName',
      'gold',
      'spec.csi: Required value: has to be specified when using volumeAttributesClassName',
    ],
  ])('%s %j is refused', (path, value, ...want) => {
    expect(errors(path, value)).toEqual(want);
  });

  it.each<[source: object, ...errors: string[]]>([
    [{ csi: { driver: 'a.b', volumeHandle: 'h' } }],
    [{ csi: { driver: 'a.b' } }, 'spec.csi.volumeHandle: Required value'],
    [
      { local: { path: '/a' } },
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
    [
      { csi: { driver: 'a', volumeHandle: 'h', nodePublishSecretRef: { name: 's' } } },
      'spec.csi.nodePublishSecretRef.namespace: Required value',
    ],
    [{ gcePersistentDisk: {} }, 'spec.persistentDisk.pdName: Required value'],
  ])('%j', (source, ...want) => {
    const { hostPath: _, ...rest } = VOLUME.spec;
    expect(errors('spec', { ...rest, ...source })).toEqual(want);
  });

  it('stays where it is', () => {
    const old = created(PV, VOLUME);
    const draft = updated(PV, withValue(old, 'spec.hostPath.path', '/other'), old);
    expect(errorsOf(PV, draft, old)).toEqual([
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n',
    ]);
  });

  it('is warned about when it is of a kind that is gone', () => {
    const volume = created(PV, withValue(VOLUME, 'spec.persistentVolumeReclaimPolicy', 'Recycle'));
    expect(strategyOf(PV).warnings?.(volume, null)).toEqual([
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ]);
  });
});
