import type { BoundVolume } from '../../../apimachinery/agent-protocol.ts';
import type { Pod } from '../../reconcile/kinds.ts';
import { podClaims, strangerText } from '../../reconcile/pods/pod-claims.ts';
import { type ClaimReader, isFullyBound } from '../../reconcile/scheduler/volume-constraints.ts';

/**
 * What the claims of a pod are bound to, by the names of its volumes. Claims that are not bound are
 * left out. Undefined for a pod without claims.
 */
export function boundVolumes(
  pod: Pod,
  reader: Pick<ClaimReader, 'claim' | 'answer'>,
): Readonly<Record<string, BoundVolume>> | undefined {
  const used = podClaims(pod);
  if (used.length === 0) return undefined;
  const bound = used.flatMap(({ volume, claim: name, isEphemeral }): [string, BoundVolume][] => {
    const claim = reader.claim(name);
    if (claim === null || !isFullyBound(claim)) return [];
    if (isEphemeral && strangerText(pod, claim) !== null) return [];
    const found = reader.answer(name)?.volume;
    if (found === undefined || found.name !== claim.spec?.volumeName) return [];
    const { volumeMode, source } = found;
    const mode = volumeMode === undefined ? {} : { volumeMode };
    return [
      [
        volume,
        { claim: name, name: found.name, ...mode, ...(source === undefined ? {} : { source }) },
      ],
    ];
  });
  return Object.fromEntries(bound);
}
