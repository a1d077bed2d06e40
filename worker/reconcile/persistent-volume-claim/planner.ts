import { VOLUME_ANSWERS } from '../../registry/hidden-resources.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { as, asList } from '../kinds.ts';
import type { PersistentVolumeClaim, Pod } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { podClaims } from '../pods/pod-claims.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { planBinding } from './plan.ts';
import type { ObservedBinding } from './plan.ts';

const CLAIMS = 'persistentvolumeclaims';

/** The namespace's half of binding. A key is the claim's name. */
export const claimPlanner = {
  name: 'persistentvolume-controller',
  account: 'persistent-volume-binder',
  keysFor({ resource, name, before, after }: Change) {
    if (resource === CLAIMS || resource === VOLUME_ANSWERS) return after === null ? [] : [name];
    if (resource !== 'pods' || before !== null || after === null) return [];
    // Who waits for a claim's first pod is told when there is one.
    return podClaims(as<Pod>(after)).map(({ claim }) => claim);
  },
  observe(reader: Reader, name: string): ObservedBinding | null {
    const claim = reader.get(CLAIMS, name);
    if (claim === null) return null;
    const found = reader.get(VOLUME_ANSWERS, name);
    const answer = found === null ? null : as<VolumeAnswer>(found);
    const isDelayed = answer?.state === 'Pending' && answer.delayed !== undefined;
    return {
      claim: as<PersistentVolumeClaim>(claim),
      answer,
      waitingPods: isDelayed ? podsWaitingFor(reader, name) : [],
    };
  },
  plan: planBinding,
} satisfies Planner<ObservedBinding>;

function podsWaitingFor(reader: Reader, name: string): string[] {
  return asList<Pod>(reader.podsUsingClaim(name))
    .filter((pod) => !pod.spec?.nodeName && !isPodTerminal(pod))
    .map(({ metadata }) => metadata.name);
}
