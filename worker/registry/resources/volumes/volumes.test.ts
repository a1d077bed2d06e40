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

  it('is protected, once', () => {
    const finalizers = ['kubernetes.io/pvc-protection'];
    expect(created(PVC, CLAIM).metadata.finalizers).toEqual(finalizers);
    const other = created(PVC, withValue(CLAIM, 'metadata.finalizers', ['example.com/a']));
    expect(other.metadata.finalizers).toEqual(['example.com/a', ...finalizers]);
    const again = created(PVC, withValue(CLAIM, 'metadata.finalizers', finalizers));
    expect(again.metadata.finalizers).toEqual(finalizers);
  });

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

describe('a bound claim', () => {
  const PVC = 'persistentvolumeclaims';
  const old = created(PVC, withValue(CLAIM, 'spec.volumeName', 'v'));
  old.status = { phase: 'Bound', currentVolumeAttributesClassName: 'gold' };
  Object.assign(old.spec as object, { volumeAttributesClassName: 'gold' });

  it.each([
    ['silver', []],
    [
      undefined,
      [
        'spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil',
      ],
    ],
    [
      '',
      [
        'spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil',
      ],
    ],
  ])('with the class of attributes %j', (name, want) => {
    const draft = updated(PVC, withValue(old, 'spec.volumeAttributesClassName', name), old);
    expect(errorsOf(PVC, draft, old)).toEqual(want);
  });

  it.each<[status: object, ...errors: string[]]>([
    [{ capacity: { storage: '1Gi' }, allocatedResources: { 'example.com/a': '1' } }],
    [
      { capacity: { storage: '-1' } },
      'status.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
    ],
    [
      { allocatedResources: { cpu: '1' } },
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ],
    [
      { allocatedResourceStatuses: { storage: 'Odd' } },
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    ],
  ])('with the status %j', (status, ...want) => {
    expect(errorsOf(PVC, { ...old, status }, old, 'status')).toEqual(want);
  });

  it('is warned about with half a byte, or a class in an annotation', () => {
    const claim = created(PVC, {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } },
      spec: {
        ...CLAIM.spec,
        resources: { requests: { storage: '1500m' }, limits: { storage: '1m' } },
      },
    });
    expect(strategyOf(PVC).warnings?.(claim, null)).toEqual([
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.resources.limits[storage]: fractional byte value "1m" is invalid, must be an integer',
    ]);
  });

  it('may be filled from what only the newer field can name', () => {
    const source = { apiGroup: 'example.com', kind: 'Image', name: 'x' };
    const claim = created(PVC, {
      spec: { ...CLAIM.spec, dataSource: source, dataSourceRef: source },
    });
    expect(claim.spec).toMatchObject({ dataSource: source, dataSourceRef: source });
  });

  it('moves the name of its class from the annotation, which may stay', () => {
    const { storageClassName: _, ...spec } = CLAIM.spec;
    const metadata = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } };
    const before = created(PVC, { metadata, spec });
    const draft = updated(PVC, { metadata, spec: { ...spec, storageClassName: 'a' } }, before);
    expect(errorsOf(PVC, draft, before)).toEqual([]);
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

  it('is protected', () => {
    const volume = created('persistentvolumes', { spec: {} });
    expect(volume.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
  });

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
    [
      'spec.capacity',
      undefined,
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
    ],
    [
      'spec.capacity',
      { storage: '-1', cpu: '1' },
      'spec.capacity: Unsupported value: {"cpu":"1","storage":"-1"}: supported values: "storage"',
      'spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
      'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
    ],
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
    [{ csi: { driver: '', volumeHandle: 'h' } }, 'spec.csi.driver: Required value'],
    [{ hostPath: { path: '/a' }, flexVolume: { driver: 'd' } }],
    [
      { hostPath: { path: '/./' }, persistentVolumeReclaimPolicy: 'Recycle' },
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
    [
      { iscsi: { targetPortal: 'p'.repeat(63), iqn: 'x', lun: 0, initiatorName: 'y' } },
      `spec.iscsi.targetportal: Invalid value: "${'p'.repeat(63)}": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.`,
      'spec.iscsi.iqn: Invalid value: "x": must be valid format',
      'spec.iscsi.initiatorname: Invalid value: "y": must be valid format',
    ],
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

  const csi = { driver: 'a.b', volumeHandle: 'h' };
  const secret = { name: 's', namespace: 'n' };
  const affinity = (key: string, value = 'z') => ({
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }],
    },
  });
  const ZONE = 'failure-domain.beta.kubernetes.io/zone';

  it.each<[fields: object, changed: object, ...errors: unknown[]]>([
    [{ csi }, { csi: { ...csi, controllerExpandSecretRef: secret } }],
    [
      { csi: { ...csi, controllerExpandSecretRef: secret } },
      { csi: { ...csi, controllerExpandSecretRef: { ...secret, name: 't' } } },
      expect.stringMatching(/^spec.persistentvolumesource: Forbidden/),
    ],
    [{ csi }, { csi, nodeAffinity: affinity('a') }],
    [
      { csi, nodeAffinity: affinity(ZONE) },
      { csi, nodeAffinity: affinity('topology.kubernetes.io/zone') },
    ],
    [
      { csi, nodeAffinity: affinity(ZONE) },
      { csi, nodeAffinity: affinity(ZONE, 'y') },
      expect.stringMatching(
        /^nodeAffinity: Invalid value: .*: field is immutable, except for updating from beta label to GA$/,
      ),
    ],
    [
      { csi, volumeAttributesClassName: 'gold' },
      { csi },
      'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
    ],
  ])('with %j that becomes %j', (fields, changed, ...want) => {
    const { hostPath: _, ...rest } = VOLUME.spec;
    const old = created(PV, { spec: { ...rest, ...fields } });
    const draft = updated(PV, { spec: { ...rest, ...changed } }, old);
    expect(errorsOf(PV, draft, old)).toEqual(want);
  });

  it.each([
    ['Pending', undefined, '2020-01-01T00:00:00Z'],
    ['Pending', '2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z'],
    ['Bound', undefined, '2026-01-01T00:00:00Z'],
    ['Bound', '2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['Bound', '2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z'],
  ])('in phase %s, sent as of %s, is so since %s', (phase, sent, want) => {
    const old = created(PV, VOLUME);
    old.status = { phase: 'Pending', lastPhaseTransitionTime: '2020-01-01T00:00:00Z' };
    const draft = { ...structuredClone(old), status: { phase, lastPhaseTransitionTime: sent } };
    const context = { now: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'test', groups: [] } };
    strategyOf(PV).subresources?.status?.prepareForUpdate(draft, old, context);
    expect(draft.status).toEqual({ phase, lastPhaseTransitionTime: want });
  });

  it('is warned about what is on its way out', () => {
    const volume = created(PV, {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } },
      spec: { ...VOLUME.spec, storageos: {}, nodeAffinity: affinity(ZONE) },
    });
    expect(strategyOf(PV).warnings?.(volume, null)).toEqual([
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      `spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: ${ZONE} is deprecated since v1.17; use "topology.kubernetes.io/zone" instead`,
      'spec.storageOS: deprecated in v1.22, non-functional in v1.25+',
    ]);
  });

  it('is warned about when it is of a kind that is gone', () => {
    const volume = created(PV, withValue(VOLUME, 'spec.persistentVolumeReclaimPolicy', 'Recycle'));
    expect(strategyOf(PV).warnings?.(volume, null)).toEqual([
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ]);
  });
});
