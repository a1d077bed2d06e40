import type { Pod, StatefulSet } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { hasClaimVolumes, planClaimsOf, planRetentions } from './claims.ts';
import type { ClaimsByName } from './claims.ts';
import type { Place } from './layout.ts';
import { newPod, repairedPod } from './new-pod.ts';
import type { Revisions } from './new-pod.ts';
import { isAvailable, isRunningAndReady, isTerminating, POD_NAME_LABEL } from './pod-facts.ts';
import { isOrdered, podName } from './set-facts.ts';
import { CONTINUE, WAIT } from './step.ts';
import type { Step } from './step.ts';
import { announcePod, podFailure } from './texts.ts';

export interface ReplicaContext {
  readonly set: StatefulSet;
  readonly revisions: Revisions;
  readonly claims: ClaimsByName;
  /** Names of places that pods of somebody else have. */
  readonly taken: ReadonlySet<string>;
  readonly namespaceTerminating: boolean;
  readonly now: number;
}

/** What a place of the set needs. */
export function stepForPlace(context: ReplicaContext, { ordinal, pod }: Place): Step {
  if (pod === null) return fillPlace(context, ordinal);
  const { set, claims, now } = context;
  if (isPodTerminal(pod)) {
    // Its successor is made once it is gone, whatever it ended with.
    return isTerminating(pod) ? WAIT : { writes: [deletePod(set, pod)], next: 'wait' };
  }
  const { uid } = pod.metadata;
  if ((pod.status?.phase ?? 'Pending') === 'Pending') {
    const state = planClaimsOf(set, { ordinal, uid }, claims);
    if (state.state === 'leaving') return { writes: [], next: 'fail' };
    if (state.state === 'ready' && state.writes.length > 0) {
      return { writes: state.writes, next: 'wait' };
    }
  }
  if (isOrdered(set)) {
    const isSettled =
      !isTerminating(pod) &&
      isRunningAndReady(pod) &&
      isAvailable(pod, set.spec.minReadySeconds, now);
    if (!isSettled) return WAIT;
  }
  return repair(context, ordinal, pod);
}

function fillPlace(context: ReplicaContext, ordinal: number): Step {
  const { set, revisions, claims, taken, namespaceTerminating } = context;
  const name = podName(set, ordinal);
  if (namespaceTerminating) return WAIT;
  const state = planClaimsOf(set, { ordinal, uid: null }, claims);
  if (state.state === 'left-behind') return WAIT;
  if (state.state === 'leaving') {
    const event = podFailure(set, 'create', name, `pvc ${state.claim} is being deleted`);
    return { writes: [], event, next: 'fail' };
  }
  if (taken.has(name)) return { writes: state.writes, next: 'fail' };
  const create: Write = {
    verb: 'create',
    resource: 'pods',
    object: newPod(set, ordinal, revisions),
    announce: announcePod(set, 'create', name),
  };
  return { writes: [...state.writes, create], next: 'wait' };
}

/** Puts right what somebody has changed of a pod's identity, or of who owns its claims. */
function repair({ set, claims }: ReplicaContext, ordinal: number, pod: Pod): Step {
  const { name, uid, labels } = pod.metadata;
  const retentions = planRetentions(set, { ordinal, uid }, claims);
  const announce = announcePod(set, 'update', name);
  // One event for all claims of the pod.
  const writes = retentions.map((write, i) => (i === 0 ? { ...write, announce } : write));
  const isIntact =
    labels?.[POD_NAME_LABEL] === name && hasClaimVolumes(set, ordinal, pod.spec.volumes);
  if (!isIntact) {
    writes.push({
      verb: 'update',
      resource: 'pods',
      object: repairedPod(set, ordinal, pod),
      announce,
    });
  }
  // The pod is written anew: what else there is to do with it is for the next plan.
  return isIntact ? { ...CONTINUE, writes } : { writes, next: 'fail' };
}

export function deletePod(set: StatefulSet, { metadata: { name, uid } }: Pod): Write {
  return {
    verb: 'delete',
    resource: 'pods',
    name,
    uid,
    announce: announcePod(set, 'delete', name),
  };
}
