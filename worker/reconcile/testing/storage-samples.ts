import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** A volume of 10Gi that nobody has provisioned, of no class. */
export const sampleVolume = (
  name: string,
  spec: object = {},
  metadata: object = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...metadata },
  spec: {
    capacity: { storage: '10Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: `/mnt/${name}` },
    ...spec,
  },
});

/** A claim of 1Gi to a volume of no class. */
export const sampleClaim = (
  name: string,
  spec: object = {},
  metadata: object = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: '',
    ...spec,
  },
});

/** Node affinity of a volume that one node has. */
export const onNode = (node: string): object => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [
        {
          matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }],
        },
      ],
    },
  },
});
