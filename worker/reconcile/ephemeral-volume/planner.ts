import { as, asList } from '../kinds.ts';
import type { PersistentVolumeClaim, Pod } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { podClaims } from '../pods/pod-claims.ts';
import { planEphemeralVolumes } from './plan.ts';
import type { ObservedPod } from './plan.ts';

const CLAIMS = 'persistentvolumeclaims';

const ephemeralClaims = (pod: Pod): string[] =>
  podClaims(pod).flatMap(({ claim, isEphemeral }) => (isEphemeral ? [claim] : []));

/** Makes the claims of generic ephemeral volumes. A key is the pod's name. */
export const ephemeralVolumePlanner = {
  name: 'ephemeral_volume',
  account: 'ephemeral-volume-controller',
  keysFor({ resource, name, before, after }: Change, reader: Reader) {
    if (resource === 'pods') {
      const isNew = before === null && after !== null;
      return isNew && ephemeralClaims(as<Pod>(after)).length > 0 ? [name] : [];
    }
    if (resource !== CLAIMS || after !== null) return [];
    // The claim of a pod that needs it may have been deleted, or one that had its name.
    return asList<Pod>(reader.podsUsingClaim(name))
      .filter((pod) => ephemeralClaims(pod).includes(name))
      .map(({ metadata }) => metadata.name);
  },
  observe(reader: Reader, name: string): ObservedPod | null {
    const pod = reader.get('pods', name);
    if (pod === null) return null;
    const claims = ephemeralClaims(as<Pod>(pod)).flatMap(
      (claim): [string, PersistentVolumeClaim][] => {
        const found = reader.get(CLAIMS, claim);
        return found === null ? [] : [[claim, as<PersistentVolumeClaim>(found)]];
      },
    );
    return { pod: as<Pod>(pod), claims: new Map(claims) };
  },
  plan: planEphemeralVolumes,
} satisfies Planner<ObservedPod>;
