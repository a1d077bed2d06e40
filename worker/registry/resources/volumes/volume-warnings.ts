import type { PersistentVolumeSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { termWarnings } from '../pod/placement-warnings.ts';
import { classAnnotationWarnings } from './class-annotation.ts';

/** Kinds of storage that no longer work, under the names that upstream shows, and since when. */
const GONE: readonly (readonly [name: keyof PersistentVolumeSpec, shown: string, text: string])[] =
  [
    ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
    [
      'photonPersistentDisk',
      'photonPersistentDisk',
      'deprecated in v1.11, non-functional in v1.16+',
    ],
    ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
    ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
    ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
    ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ];

const RECYCLE =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';

/** What of a volume is on its way out (pkg/api/persistentvolume). */
export function volumeWarnings(object: KubernetesObject): string[] {
  const spec = (object.spec ?? {}) as Partial<PersistentVolumeSpec>;
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return [
    ...classAnnotationWarnings(object),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [`spec.persistentVolumeReclaimPolicy: ${RECYCLE}`]
      : []),
    ...terms.flatMap((term, i) =>
      termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`),
    ),
    ...GONE.flatMap(([name, shown, text]) =>
      spec[name] === undefined ? [] : [`spec.${shown}: ${text}`],
    ),
  ];
}
