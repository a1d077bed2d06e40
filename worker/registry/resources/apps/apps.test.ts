import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'main', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};
const selector = { matchLabels: { app: 'web' } };
const set = {
  spec: {
    serviceName: 'web',
    replicas: 3,
    minReadySeconds: 5,
    ordinals: { start: 1 },
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    selector,
    template: withValue(template, 'spec.volumes', undefined),
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
};
const daemons = { spec: { selector, template } };
const STS = 'statefulsets.apps';
const DS = 'daemonsets.apps';
const REVISIONS = 'controllerrevisions.apps';

describe('stateful sets', () => {
  it('get the defaults of upstream', () => {
    expect(created(STS, { spec: { selector, template } }).spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      replicas: 1,
      revisionHistoryLimit: 10,
      template: { spec: { restartPolicy: 'Always' } },
    });
    expect(created(STS, set).spec).toMatchObject({
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          spec: { volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
  });

  it('are accepted with everything that people set, mounting what they claim', () => {
    expect(errorsOf(STS, created(STS, set))).toEqual([]);
  });

  it('lose what is behind a closed gate, unless it was there before', () => {
    const update = 'spec.updateStrategy.rollingUpdate.maxUnavailable';
    const object = created(STS, withValue(set, update, 2));
    expect(object).toEqual(created(STS, set));
    const old = withValue(object, update, 2);
    expect(updated(STS, withValue(set, update, 3), old).spec).toMatchObject({
      updateStrategy: { rollingUpdate: { maxUnavailable: 3 } },
    });
  });

  it.each<[string, unknown, string[]]>([
    [
      'selector',
      undefined,
      [
        'spec.selector: Required value',
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'selector',
      {},
      ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    ],
    [
      'podManagementPolicy',
      'X',
      ["spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"],
    ],
    [
      'updateStrategy',
      { type: 'X' },
      [
        'spec.updateStrategy: Invalid value: {"Type":"X","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
      ],
    ],
    [
      'updateStrategy',
      { type: 'OnDelete', rollingUpdate: { partition: 1 } },
      [
        'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
      ],
    ],
    [
      'updateStrategy.rollingUpdate.partition',
      -1,
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'persistentVolumeClaimRetentionPolicy.whenScaled',
      'Keep',
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      ],
    ],
    ['replicas', -1, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      'ordinals.start',
      -1,
      ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'template.spec.restartPolicy',
      'Never',
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'template.spec.activeDeadlineSeconds',
      5,
      [
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
      ],
    ],
    [
      'volumeClaimTemplates',
      [],
      ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
  ])('are refused with %s %j', (path, value, want) => {
    expect(errorsOf(STS, created(STS, withValue(set, `spec.${path}`, value)))).toEqual(want);
  });

  it('change in what upstream lets change, and in nothing else', () => {
    const old = created(STS, set);
    const changes: [string, unknown][] = [
      ['replicas', 5],
      ['ordinals', { start: 0 }],
      ['template.spec.containers.0.image', 'nginx:2'],
      ['updateStrategy', { type: 'OnDelete' }],
      ['revisionHistoryLimit', 2],
      ['persistentVolumeClaimRetentionPolicy.whenScaled', 'Delete'],
      ['minReadySeconds', 1],
    ];
    for (const [path, value] of changes) {
      const object = updated(STS, withValue(set, `spec.${path}`, value), old);
      expect(errorsOf(STS, object, old)).toEqual([]);
    }
    const renamed = updated(STS, withValue(set, 'spec.serviceName', 'other'), old);
    expect(errorsOf(STS, renamed, old)).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it('may keep a template that was accepted before it was looked at', () => {
    const broken = withValue(set, 'spec.template.spec.containers', []);
    const old = created(STS, broken);
    const scaled = updated(STS, withValue(broken, 'spec.replicas', 4), old);
    expect(errorsOf(STS, scaled, old)).toEqual([]);
  });

  it('have a status that adds up', () => {
    const old = { ...created(STS, set), status: { replicas: 3, collisionCount: 2 } };
    const object = { ...old, status: { replicas: 3, readyReplicas: 4, availableReplicas: -1 } };
    expect(errorsOf(STS, object, old, 'status')).toEqual([
      'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 4: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ]);
  });

  it('are warned of a history that never ends', () => {
    const object = created(STS, withValue(set, 'spec.revisionHistoryLimit', -1));
    expect(errorsOf(STS, object)).toEqual([]);
    expect(strategyOf(STS).warnings?.(object, null)).toEqual([
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    ]);
  });

  it('are warned of parts of bytes that their claims ask for', () => {
    const resources = { requests: { storage: '100m' } };
    const claim = { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources } };
    const object = created(STS, withValue(set, 'spec.volumeClaimTemplates', [claim]));
    const text =
      'resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer';
    const strategy = strategyOf(STS);
    expect(strategy.warnings!(object, null)).toEqual([`spec.volumeClaimTemplates[0].${text}`]);
    const field = 'spec.volumeClaimTemplates[0].Spec';
    expect(strategy.warnings!(object, object)).toEqual([`${field}.${text}`]);
  });
});

describe('daemon sets', () => {
  it('get the defaults of upstream', () => {
    const object = created(DS, daemons);
    expect(object.spec).toMatchObject({
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
      },
      revisionHistoryLimit: 10,
    });
    expect(object.metadata.annotations).toEqual({
      'deprecated.daemonset.template.generation': '1',
    });
    expect(errorsOf(DS, object)).toEqual([]);
  });

  it('count the changes of their template', () => {
    const old = created(DS, daemons);
    const image = 'spec.template.spec.containers.0.image';
    const generation = (object: Record<string, unknown>) =>
      updated(DS, object, old).metadata.annotations?.['deprecated.daemonset.template.generation'];
    expect(generation(withValue(daemons, image, 'nginx:2'))).toBe('2');
    expect(generation(withValue(daemons, 'spec.minReadySeconds', 3))).toBe('1');
  });

  const rolling = 'spec.updateStrategy.rollingUpdate';
  it.each<[string, unknown, string[]]>([
    [
      'updateStrategy',
      { type: 'X' },
      [
        'spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    ['updateStrategy', { type: 'OnDelete' }, []],
    [
      'updateStrategy.rollingUpdate',
      { maxUnavailable: '101%' },
      [`${rolling}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
    ],
    [
      'updateStrategy.rollingUpdate',
      { maxSurge: 1 },
      [`${rolling}.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero`],
    ],
    [
      'updateStrategy.rollingUpdate',
      { maxUnavailable: 0 },
      [`${rolling}.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
    ],
    ['selector', {}, ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset']],
    [
      'template.spec.activeDeadlineSeconds',
      5,
      [
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
      ],
    ],
  ])('with %s %j have the errors of upstream', (path, value, want) => {
    expect(errorsOf(DS, created(DS, withValue(daemons, `spec.${path}`, value)))).toEqual(want);
  });

  it('keep their selector for life', () => {
    const old = created(DS, daemons);
    const object = withValue(old, 'spec.selector.matchLabels', { app: 'web', a: 'b' });
    expect(errorsOf(DS, object, old)).toContain(
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable',
    );
  });
});

describe('controller revisions', () => {
  it('carry data that never changes', () => {
    expect(errorsOf(REVISIONS, created(REVISIONS, { revision: -1 }))).toEqual([
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ]);
    const old = created(REVISIONS, { data: { spec: { a: 1 } }, revision: 1 });
    expect(errorsOf(REVISIONS, old)).toEqual([]);
    const object = { ...old, data: { spec: { a: 2 } }, revision: 2 };
    expect(errorsOf(REVISIONS, object, old)).toEqual([
      'data: Invalid value: {"spec":{"a":2}}: field is immutable',
    ]);
  });
});
