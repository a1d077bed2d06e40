import { describe, expect, it } from 'vitest';
import { printed } from '../../../test/print-harness.ts';

describe('tables of storage and classes', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      'storageclasses.storage.k8s.io',
      {
        metadata: {
          name: 'fast',
          annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
        },
        provisioner: 'a.b',
        reclaimPolicy: 'Retain',
        volumeBindingMode: 'WaitForFirstConsumer',
        allowVolumeExpansion: true,
      },
      {
        Name: 'fast (default)',
        Provisioner: 'a.b',
        ReclaimPolicy: 'Retain',
        VolumeBindingMode: 'WaitForFirstConsumer',
        AllowVolumeExpansion: true,
        Age: '<unknown>',
      },
    ],
    [
      'volumeattributesclasses.storage.k8s.io',
      { driverName: 'a.b' },
      { Name: 'a', DriverName: 'a.b', Age: '60m' },
    ],
    [
      'csidrivers.storage.k8s.io',
      { spec: { tokenRequests: [{ audience: 'x' }, { audience: 'y' }], podInfoOnMount: true } },
      {
        Name: 'a',
        AttachRequired: true,
        PodInfoOnMount: true,
        StorageCapacity: false,
        TokenRequests: 'x,y',
        RequiresRepublish: false,
        Modes: '<none>',
        Age: '60m',
      },
    ],
    [
      'csidrivers.storage.k8s.io',
      { spec: { volumeLifecycleModes: ['Persistent', 'Ephemeral'] } },
      { TokenRequests: '<unset>', Modes: 'Persistent,Ephemeral' },
    ],
    ['csinodes.storage.k8s.io', { spec: { drivers: [{}, {}] } }, { Name: 'a', Drivers: 2 }],
    [
      'csistoragecapacities.storage.k8s.io',
      { storageClassName: 'fast' },
      { Name: 'a', StorageClassName: 'fast', Capacity: '<unset>' },
    ],
    [
      'volumeattachments.storage.k8s.io',
      {
        spec: { attacher: 'x.y', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
        status: { attached: true },
      },
      { Name: 'a', Attacher: 'x.y', PV: 'pv', Node: 'n', Attached: true, Age: '60m' },
    ],
    [
      'priorityclasses.scheduling.k8s.io',
      { value: 5, preemptionPolicy: 'Never' },
      { Name: 'a', Value: 5, 'Global-Default': false, Age: '60m', PreemptionPolicy: 'Never' },
    ],
    ['runtimeclasses.node.k8s.io', { handler: 'runc' }, { Name: 'a', Handler: 'runc', Age: '60m' }],
  ])('%s', (resource, object, want) => {
    expect(printed(resource, object)).toMatchObject(want);
  });
});
