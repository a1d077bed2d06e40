import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';

const CLASSES = 'storageclasses.storage.k8s.io';
const ATTRIBUTES = 'volumeattributesclasses.storage.k8s.io';
const DRIVERS = 'csidrivers.storage.k8s.io';
const NODES = 'csinodes.storage.k8s.io';
const CAPACITIES = 'csistoragecapacities.storage.k8s.io';
const ATTACHMENTS = 'volumeattachments.storage.k8s.io';

const storageClass = {
  provisioner: 'CSI.example.com',
  parameters: { type: 'ssd' },
  allowVolumeExpansion: true,
  mountOptions: ['noatime'],
  allowedTopologies: [
    { matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['a', 'b'] }] },
  ],
};
const ZONE = 'allowedTopologies[0].matchLabelExpressions';

describe('storage classes', () => {
  it('get the defaults of upstream', () => {
    const object = created(CLASSES, storageClass);
    expect(object).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
    expect(errorsOf(CLASSES, object)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['provisioner', '', ['provisioner: Required value']],
    ['parameters', { '': 'x' }, ['parameters: Invalid value: "": field can not be empty.']],
    [
      'parameters',
      { a: 'x'.repeat(300_000) },
      ['parameters: Too long: may not be more than 262144 bytes'],
    ],
    [
      'reclaimPolicy',
      'Recycle',
      ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    ],
    [
      'volumeBindingMode',
      'Later',
      [
        'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
      ],
    ],
    [
      'allowedTopologies.0.matchLabelExpressions.0.values',
      [],
      [`${ZONE}[0].values: Required value`],
    ],
    [
      'allowedTopologies.0.matchLabelExpressions.0.values',
      ['a', 'a'],
      [`${ZONE}[0].values[1]: Duplicate value: "a"`],
    ],
    [
      'allowedTopologies',
      [...storageClass.allowedTopologies, ...storageClass.allowedTopologies],
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(CLASSES, created(CLASSES, withValue(storageClass, path, value)))).toEqual(want);
  });

  it.each<[string, unknown, string[]]>([
    ['parameters', {}, ['parameters: Forbidden: updates to parameters are forbidden.']],
    ['provisioner', 'x.y', ['provisioner: Forbidden: updates to provisioner are forbidden.']],
    [
      'reclaimPolicy',
      'Retain',
      ['reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.'],
    ],
    [
      'volumeBindingMode',
      'WaitForFirstConsumer',
      ['volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable'],
    ],
    ['allowVolumeExpansion', false, []],
  ])('may change their %s to %j', (path, value, want) => {
    const old = created(CLASSES, storageClass);
    expect(errorsOf(CLASSES, withValue(old, path, value), old)).toEqual(want);
  });

  it('are warned of labels that were renamed', () => {
    const key = 'failure-domain.beta.kubernetes.io/zone';
    const object = withValue(storageClass, 'allowedTopologies.0.matchLabelExpressions.0.key', key);
    expect(strategyOf(CLASSES).warnings?.(created(CLASSES, object), null)).toEqual([
      `${ZONE}[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead`,
    ]);
  });
});

describe('volume attributes classes', () => {
  const object = created(ATTRIBUTES, { driverName: 'csi.example.com', parameters: { iops: '1' } });
  it('need parameters and keep them', () => {
    expect(errorsOf(ATTRIBUTES, object)).toEqual([]);
    expect(errorsOf(ATTRIBUTES, created(ATTRIBUTES, { driverName: '' }))).toEqual([
      'driverName: Required value',
      'parameters: Required value: must contain at least one key/value pair',
    ]);
    const next = { ...object, driverName: 'x', parameters: { iops: '2' } };
    expect(errorsOf(ATTRIBUTES, next, object)).toEqual([
      'driverName: Forbidden: updates to driverName are forbidden.',
      'parameters: Forbidden: updates to parameters are forbidden.',
    ]);
  });
});

describe('CSI drivers', () => {
  const spec = {
    tokenRequests: [{ audience: 'a', expirationSeconds: 600 }, { audience: '' }],
    serviceAccountTokenInSecrets: true,
    nodeAllocatableUpdatePeriodSeconds: 10,
  };

  it('get the defaults of upstream', () => {
    const object = created(DRIVERS, { spec });
    expect(object.spec).toEqual({
      ...spec,
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    });
    expect(errorsOf(DRIVERS, object)).toEqual([]);
  });

  it.each<[object, string[]]>([
    [
      { fsGroupPolicy: 'X' },
      [
        'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      ],
    ],
    [
      { tokenRequests: [{ audience: 'a' }, { audience: 'a' }] },
      ['spec.tokenRequests[1].audience: Duplicate value: "a"'],
    ],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 599 }] },
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      ],
    ],
    [
      { tokenRequests: [{ audience: 'a', expirationSeconds: 4_294_967_297 }] },
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
      ],
    ],
    [
      { volumeLifecycleModes: ['X'] },
      [
        'spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"',
      ],
    ],
    [
      { nodeAllocatableUpdatePeriodSeconds: 9 },
      [
        'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
      ],
    ],
    [
      { serviceAccountTokenInSecrets: false },
      [
        'spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
      ],
    ],
  ])('may not be %j', (fields, want) => {
    expect(errorsOf(DRIVERS, created(DRIVERS, { spec: fields }))).toEqual(want);
  });

  it('keep how they attach', () => {
    const old = created(DRIVERS, { spec });
    const next = created(DRIVERS, {
      spec: { ...spec, attachRequired: false, volumeLifecycleModes: ['Ephemeral'] },
    });
    expect(errorsOf(DRIVERS, next, old)).toEqual([
      'spec.attachedRequired: Invalid value: false: field is immutable',
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ]);
  });
});

describe('CSI nodes', () => {
  const driver = { name: 'csi.example.com', nodeID: 'n', topologyKeys: ['a/b'] };
  const full = { ...driver, allocatable: { count: 3 } };

  it.each<[object[] | null, string[]]>([
    [null, []],
    [[full], []],
    [[{ ...driver, nodeID: '' }], ['spec.drivers[0].nodeID: Required value']],
    [
      [{ ...driver, allocatable: { count: -1 } }],
      ['spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [[driver, driver], ['spec.drivers[1].name: Duplicate value: "csi.example.com"']],
    [[{ ...driver, topologyKeys: ['a', 'a'] }], ['spec.drivers[0]: Duplicate value: "a"']],
  ])('have the drivers %j', (drivers, want) => {
    expect(errorsOf(NODES, created(NODES, { spec: { drivers } }))).toEqual(want);
  });

  it('keep their drivers but for how much fits', () => {
    const old = created(NODES, { spec: { drivers: [full] } });
    const more = withValue(old, 'spec.drivers.0.allocatable.count', 4);
    expect(errorsOf(NODES, more, old)).toEqual([]);
    expect(errorsOf(NODES, withValue(old, 'spec.drivers.0.nodeID', 'm'), old)).toHaveLength(1);
    expect(errorsOf(NODES, withValue(old, 'spec.drivers', []), old)).toEqual([]);
  });
});

describe('CSI storage capacities', () => {
  const capacity = {
    storageClassName: 'fast',
    nodeTopology: { matchLabels: { 'topology.kubernetes.io/zone': 'a' } },
    capacity: '10Gi',
    maximumVolumeSize: '1Gi',
  };

  it('say how much there is of what', () => {
    const old = created(CAPACITIES, capacity);
    expect(errorsOf(CAPACITIES, old)).toEqual([]);
    expect(errorsOf(CAPACITIES, { ...old, capacity: '-1' })).toEqual([
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ]);
    expect(errorsOf(CAPACITIES, { ...old, capacity: '5Gi' }, old)).toEqual([]);
    const next = { ...old, storageClassName: 'slow', nodeTopology: {} };
    expect(errorsOf(CAPACITIES, next, old)).toEqual([
      'nodeTopology: Invalid value: {}: field is immutable',
      'storageClassName: Invalid value: "slow": field is immutable',
    ]);
  });
});

describe('volume attachments', () => {
  const attachment = {
    spec: {
      attacher: 'csi.example.com',
      nodeName: 'node-1',
      source: { persistentVolumeName: 'pv-1' },
    },
  };
  const inline = { accessModes: ['ReadWriteOnce'], csi: { driver: 'a.b', volumeHandle: 'h' } };

  it.each<[string, unknown, string[]]>([
    ['spec.nodeName', 'node-1', []],
    ['spec.attacher', '', ['spec.attacher: Required value', 'spec.attacher: Required value']],
    [
      'spec.source',
      {},
      [
        'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
      ],
    ],
    ['spec.source', { inlineVolumeSpec: inline }, []],
    [
      'spec.source.inlineVolumeSpec',
      inline,
      [
        'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
      ],
    ],
    [
      'spec.source',
      { inlineVolumeSpec: { ...inline, storageClassName: 'a', csi: { driver: 'a.b' } } },
      [
        'spec.source.inlineVolumeSpec.csi.volumeHandle: Required value',
        'spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(ATTACHMENTS, created(ATTACHMENTS, withValue(attachment, path, value)))).toEqual(
      want,
    );
  });

  it('change in their status only', () => {
    const old = created(ATTACHMENTS, { ...attachment, status: { attached: true } });
    expect(old.status).toEqual({});
    const next = updated(ATTACHMENTS, withValue(attachment, 'spec.nodeName', 'b'), old);
    expect(errorsOf(ATTACHMENTS, next, old)).toEqual([
      `spec: Invalid value: ${JSON.stringify(next.spec)}: field is immutable`,
    ]);
    const status = { attached: false, attachError: { message: 'x'.repeat(1025), errorCode: -1 } };
    expect(errorsOf(ATTACHMENTS, { ...old, status }, old, 'status')).toEqual([
      'status.attachError.message: Too long: may not be more than 262144 bytes',
      'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ]);
  });
});
