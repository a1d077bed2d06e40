import type { Pod } from '../kinds.ts';

/** A claim that a pod uses. */
export interface PodClaim {
  /** The pod's volume. */
  readonly volume: string;
  readonly claim: string;
  /** Made for the pod, and named after it and its volume. */
  readonly isEphemeral: boolean;
}

/** The claims that a pod uses, volume by volume. */
export function podClaims({ metadata, spec }: Pod): PodClaim[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): PodClaim[] => {
    if (persistentVolumeClaim !== undefined) {
      return [{ volume: name, claim: persistentVolumeClaim.claimName, isEphemeral: false }];
    }
    if (ephemeral === undefined) return [];
    return [{ volume: name, claim: `${metadata.name}-${name}`, isEphemeral: true }];
  });
}

/**
 * Why a claim is not that of a pod's ephemeral volume, in upstream's words; null when it is: somebody
 * else may have made one of that name. (ephemeral.VolumeIsForPod)
 */
export function strangerText(pod: Pod, claim: Pick<Pod, 'metadata'>): string | null {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner?.uid === pod.metadata.uid) return null;
  const { namespace = '', name } = pod.metadata;
  return `PVC ${claim.metadata.namespace ?? ''}/${claim.metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
}
