import { BOUND_BY_CONTROLLER } from '../../registry/binding/annotations.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { PersistentVolume } from '../kinds.ts';
import { isKeptFor } from './volume-facts.ts';

/** The reference by which a volume is a claim's. */
export const claimReference = ({ claim, metadata }: ClaimCopy) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  name: claim.name,
  namespace: claim.namespace,
  uid: metadata.uid,
});

/** Gives the volume to the claim; null when it has it. (GetBindVolumeToClaim) */
export function bindVolume(volume: PersistentVolume, claim: ClaimCopy): PersistentVolume | null {
  const isOurChoice = !isKeptFor(volume, claim);
  if (!isOurChoice && volume.spec?.claimRef?.uid === claim.metadata.uid) return null;
  const { metadata, spec } = volume;
  const annotations = isOurChoice
    ? { annotations: { ...metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' } }
    : {};
  return {
    ...volume,
    metadata: { ...metadata, ...annotations },
    spec: { ...spec, claimRef: claimReference(claim) },
  };
}

/** Takes the volume back: from then on it is anybody's, or again kept for whom its user named. */
export function unbindVolume(volume: PersistentVolume): PersistentVolume {
  const { metadata, spec } = volume;
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = metadata.annotations ?? {};
  const { claimRef, ...rest } = spec ?? {};
  if (ours !== undefined) {
    const { annotations: _, ...others } = metadata;
    const isLast = Object.keys(annotations).length === 0;
    return { ...volume, metadata: isLast ? others : { ...others, annotations }, spec: rest };
  }
  const { uid: _, ...reference } = claimRef ?? {};
  return { ...volume, spec: { ...rest, claimRef: reference } };
}
