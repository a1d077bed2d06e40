import type { ClaimVolume } from '../../registry/binding/volume-answer.ts';
import { PROVISIONED_BY } from '../../registry/binding/annotations.ts';
import type { PersistentVolume } from '../kinds.ts';
import { nodeTermsOf } from './volume-facts.ts';

/** Labels by which upstream's filter VolumeZone goes. */
const ZONE_LABELS = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
];

/** The part of a volume that its claim's namespace is told of. */
export function claimVolumeOf(volume: PersistentVolume): ClaimVolume {
  const { metadata, spec } = volume;
  const provisionedBy = metadata.annotations?.[PROVISIONED_BY];
  const nodeTerms = nodeTermsOf(volume);
  const zones = Object.fromEntries(
    ZONE_LABELS.flatMap((key): [string, string][] => {
      const value = metadata.labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const { hostPath, local, volumeMode, volumeAttributesClassName } = spec ?? {};
  return {
    name: metadata.name,
    capacity: spec?.capacity ?? {},
    accessModes: spec?.accessModes ?? [],
    ...(volumeMode === undefined ? {} : { volumeMode }),
    ...(volumeAttributesClassName === undefined
      ? {}
      : { attributesClass: volumeAttributesClassName }),
    ...(provisionedBy === undefined ? {} : { provisionedBy }),
    ...(nodeTerms === undefined ? {} : { nodeTerms }),
    ...(Object.keys(zones).length === 0 ? {} : { zones }),
    ...(hostPath === undefined ? {} : { source: { hostPath } }),
    ...(local === undefined ? {} : { source: { local: { path: local.path } } }),
  };
}
