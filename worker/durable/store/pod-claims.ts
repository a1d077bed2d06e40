import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, asList, type PersistentVolumeClaim, type Pod } from '../../reconcile/kinds.ts';
import type { Change } from '../../reconcile/planner.ts';
import { podClaims } from '../../reconcile/pods/pod-claims.ts';
import { isPodTerminal } from '../../reconcile/pods/pod-phase.ts';
import { type ClaimReader, isFullyBound } from '../../reconcile/scheduler/volume-constraints.ts';
import { SELECTED_NODE } from '../../registry/binding/annotations.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import { VOLUME_ANSWERS } from '../../registry/hidden-resources.ts';
import { SCHEDULER_MANAGER, trackFields } from './field-tracking.ts';
import type { StoreContext } from './store-context.ts';

export const CLAIMS = 'persistentvolumeclaims';

/** Names of the claims that a pod uses. */
export const claimNames = (pod: KubernetesObject): string[] =>
  podClaims(as<Pod>(pod)).map(({ claim }) => claim);

/** The claims of a store, for placing its pods. */
export function claimReader({ commits, reader }: StoreContext): ClaimReader {
  return {
    claim(name) {
      const claim = commits.read({ resource: CLAIMS, name });
      return claim === null ? null : as<PersistentVolumeClaim>(claim);
    },
    answer(name) {
      const answer = commits.read({ resource: VOLUME_ANSWERS, name });
      return answer === null ? null : as<VolumeAnswer>(answer);
    },
    isUsed: (name, except) =>
      asList<Pod>(reader.podsUsingClaim(name)).some((pod) => {
        const isRunning = !!pod.spec.nodeName && !isPodTerminal(pod);
        return isRunning && pod.metadata.uid !== except.metadata.uid;
      }),
  };
}

/**
 * Has the claims of a pod bound on the node that was reserved for it. `bound`: they are; `waiting`:
 * the cluster's store is at it, or something is wrong with a claim, and either will change the claim;
 * `taken`: another pod came first to a claim that is for one. Inside a transaction.
 */
export function takeClaims(
  context: StoreContext,
  pod: Pod,
  nodeName: string,
): 'bound' | 'waiting' | 'taken' {
  const used = podClaims(pod);
  if (used.length === 0) return 'bound';
  const reader = claimReader(context);
  const claims = used.map(({ claim }) => reader.claim(claim));
  if (claims.some((claim) => claim === null || !isUsable(claim))) return 'waiting';
  const isTaken = claims.some(
    (claim) =>
      claim?.spec?.accessModes?.includes('ReadWriteOncePod') === true &&
      reader.isUsed(claim.metadata.name, pod),
  );
  if (isTaken) return 'taken';
  const unbound = claims.flatMap((claim) => (claim === null || isFullyBound(claim) ? [] : [claim]));
  for (const claim of unbound) selectNode(context, claim, nodeName);
  return unbound.length === 0 ? 'bound' : 'waiting';
}

const isUsable = ({ metadata, status }: PersistentVolumeClaim): boolean =>
  metadata.deletionTimestamp === undefined && status?.phase !== 'Lost';

function selectNode(context: StoreContext, claim: PersistentVolumeClaim, nodeName: string): void {
  const { metadata } = claim;
  if (metadata.annotations?.[SELECTED_NODE] !== undefined || claim.spec?.volumeName) return;
  const annotations = { ...metadata.annotations, [SELECTED_NODE]: nodeName };
  const next: KubernetesObject = { ...claim, metadata: { ...metadata, annotations } };
  trackFields(context, { resource: CLAIMS, fieldManager: SCHEDULER_MANAGER }, '', next, claim);
  context.commits.put(CLAIMS, next, claim);
}

/** Whether all that changed is that a node was selected, which helps no pod. */
export function isSelection({ before, after }: Change): boolean {
  const selected = (object: KubernetesObject | null) =>
    object?.metadata.annotations?.[SELECTED_NODE];
  return (
    before !== null &&
    after !== null &&
    selected(before) === undefined &&
    selected(after) !== undefined
  );
}
