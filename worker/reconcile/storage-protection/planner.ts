import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { CLAIM_FINALIZER, VOLUME_FINALIZER } from '../../registry/resources/volumes/protection.ts';
import { as, asList } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { podClaims } from '../pods/pod-claims.ts';
import { planProtection } from './plan.ts';
import type { ObservedStorage } from './plan.ts';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';

export const claimProtectionPlanner = {
  name: 'persistentvolumeclaim-protection-controller',
  keysFor({ resource, name, before, after }: Change) {
    if (resource === CLAIMS) return isDue(after, CLAIM_FINALIZER) ? [name] : [];
    if (resource !== 'pods' || before === null) return [];
    // Pods come to use a claim, but only one that ceases to can end the claim's deletion.
    const kept = after === null ? new Set<string>() : new Set(claimsOf(as<Pod>(after)));
    return claimsOf(as<Pod>(before)).filter((claim) => !kept.has(claim));
  },
  observe(reader: Reader, name: string) {
    const object = reader.get(CLAIMS, name);
    if (object === null) return null;
    const isUsed = object.metadata.deletionTimestamp !== undefined && isMounted(reader, name);
    return { object, resource: CLAIMS, finalizer: CLAIM_FINALIZER, isUsed };
  },
  plan: planProtection,
} satisfies Planner<ObservedStorage>;

export const volumeProtectionPlanner = {
  name: 'persistentvolume-protection-controller',
  keysFor: ({ resource, name, after }: Change) =>
    resource === VOLUMES && isDue(after, VOLUME_FINALIZER) ? [name] : [],
  observe(reader: Reader, name: string) {
    const object = reader.get(VOLUMES, name);
    if (object === null) return null;
    const { phase } = (object.status ?? {}) as { phase?: string };
    const isUsed = phase === 'Bound';
    return { object, resource: VOLUMES, finalizer: VOLUME_FINALIZER, isUsed };
  },
  plan: planProtection,
} satisfies Planner<ObservedStorage>;

/** Whether a change may have left something to do: to end the protection, or to begin it. */
function isDue(after: KubernetesObject | null, finalizer: string): boolean {
  if (after === null) return false;
  const isProtected = after.metadata.finalizers?.includes(finalizer) ?? false;
  return isProtected === (after.metadata.deletionTimestamp !== undefined);
}

const isMounted = (reader: Reader, claim: string): boolean =>
  asList<Pod>(reader.podsUsingClaim(claim)).some((pod) => claimsOf(pod).includes(claim));

/**
 * The claims that a pod uses. No pod is started on a node with a claim that is being deleted, so
 * only pods count that a node has. A generic ephemeral volume's claim goes with the pod, whose
 * dependent it is.
 */
function claimsOf(pod: Pod): string[] {
  const { metadata, spec } = pod;
  if (!spec?.nodeName) return [];
  const isShutDown =
    metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  return podClaims(pod).flatMap(({ claim, isEphemeral }) =>
    isEphemeral && isShutDown ? [] : [claim],
  );
}
