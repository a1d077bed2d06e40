import type { VolumeFields } from '../../../../resources/pod/fields.ts';
import { type Check, joinQuote, plural, sorted } from '../check.ts';

const ALLOWED: readonly (keyof VolumeFields)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const OTHERS = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
] as const satisfies readonly (keyof VolumeFields)[];

/** Volumes are the cluster's own, or come by way of a claim or a driver. */
export const RESTRICTED_VOLUMES: Check = {
  id: 'restrictedVolumes',
  level: 'restricted',
  versions: [
    {
      since: 0,
      check({ spec }) {
        const bad = (spec.volumes ?? []).filter(
          (volume) => !ALLOWED.some((type) => volume[type] !== undefined),
        );
        if (bad.length === 0) return null;
        const types = sorted(
          bad.map((volume) => OTHERS.find((type) => volume[type] !== undefined) ?? 'unknown'),
        );
        const detail = [
          plural(bad.length, 'volume'),
          joinQuote(bad.map(({ name }) => name)),
          plural(bad.length, 'uses', 'use'),
          plural(types.length, 'restricted volume type'),
          joinQuote(types),
        ].join(' ');
        return { reason: 'restricted volume types', detail };
      },
    },
  ],
  overrides: ['hostPathVolumes'],
};
