import { planClaims } from '../claim.ts';
import { planRevisionClaims } from '../controller-revisions/claim-revisions.ts';
import { planRevision } from '../controller-revisions/plan-revision.ts';
import type { PlannedRevision } from '../controller-revisions/plan-revision.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import type { NodePlace } from '../../registry/node-place.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { ControllerRevision, DaemonSet, DaemonSetStatus, Pod } from '../kinds.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import { FailureBackoff } from './backoff.ts';
import type { DaemonFailures } from './backoff.ts';
import { NO_CHANGES } from './changes.ts';
import type { Changes } from './changes.ts';
import { forgetOld, hashOf, planDuplicates, planHashLabels } from './history.ts';
import { manageNodes } from './manage.ts';
import type { DaemonContext } from './manage.ts';
import { newDaemon } from './new-pod.ts';
import { placementFor } from './placement.ts';
import { podsByNode } from './pods-by-node.ts';
import { planRollingUpdate } from './rolling-update.ts';
import { DAEMON_SET, DAEMON_SETS, isDeleting, isRolling } from './set-facts.ts';
import { computeStatus } from './status.ts';

export interface ObservedDaemonSet {
  readonly set: DaemonSet;
  /** Every node of the cluster. */
  readonly places: readonly NodePlace[];
  /** Pods that the set controls, and those without a controller that its selector matches. */
  readonly controlled: readonly Pod[];
  readonly orphans: readonly Pod[];
  /** The same of revisions. */
  readonly revisions: readonly ControllerRevision[];
  readonly orphanRevisions: readonly ControllerRevision[];
  /** Who has the name that a new revision would get. */
  readonly revisionNamesake: ControllerRevision | null;
  readonly failures: DaemonFailures | null;
  readonly namespaceTerminating: boolean;
}

/** Keeps one pod on every node that should have one. The README lists the steps. */
export function planDaemonSet(observed: ObservedDaemonSet, now: number): Plan {
  const { set } = observed;
  // What is left of its pods and revisions is the garbage collector's.
  if (isDeleting(set)) return EMPTY_PLAN;
  const pods = planClaims(
    { ...ownerIdentity(DAEMON_SET, set), deleting: false },
    'pods',
    observed.controlled,
    observed.orphans,
    labelPredicate(set.spec.selector),
  );
  const history = planRevisionClaims(DAEMON_SET, set, observed.revisions, observed.orphanRevisions);
  const claims = [...pods.writes, ...history.writes];
  if (claims.length > 0) return capped(claims, null);

  const planned = planRevision(DAEMON_SET, set, history.claimed, observed.revisionNamesake);
  if (planned === 'collision') return { writes: [countCollision(set)] };
  if (planned.writes.length > 0 && observed.namespaceTerminating) return EMPTY_PLAN;
  const tidying = [
    ...planHashLabels(history.claimed),
    ...planDuplicates(planned.update, planned.duplicates, pods.claimed),
  ];
  if (tidying.length > 0) return capped(tidying, null);
  return planPods(observed, pods.claimed, history.claimed, planned, now);
}

function planPods(
  { set, places, failures, namespaceTerminating }: ObservedDaemonSet,
  pods: readonly Pod[],
  history: readonly ControllerRevision[],
  planned: Exclude<PlannedRevision, 'collision'>,
  now: number,
): Plan {
  const context: DaemonContext = {
    set,
    places,
    hash: hashOf(planned.update),
    placement: placementFor(set),
    byNode: podsByNode(pods),
    backoff: new FailureBackoff(set, failures, now),
    now,
  };
  const changes = changesFor(context);
  const creates = namespaceTerminating ? [] : changes.creates;
  const { status, nextAvailableMs } = computeStatus(context);
  const old = history.filter(({ metadata }) => metadata.name !== planned.update.metadata.name);
  const writes = [
    ...planned.writes,
    ...(deepEqual(status, set.status) ? [] : [writeStatus(set, status)]),
    ...context.backoff.writes(),
    ...creates.map((node) => createPod(context, node)),
    ...changes.deletes.map((pod) => deletePod(set, pod)),
    ...forgetOld(set, old, pods),
  ];
  const timers = [nextAvailableMs, changes.waitMs].filter((ms) => ms !== null);
  const plan = capped(writes, timers.length === 0 ? null : Math.min(...timers));
  return changes.events.length === 0
    ? plan
    : { ...plan, events: changes.events.map((event) => ({ ...event, regarding: set })) };
}

/** An update goes on only while every node has what it should have. */
function changesFor(context: DaemonContext): Changes {
  const changes = manageNodes(context);
  if (changes.creates.length + changes.deletes.length > 0) return changes;
  const update = isRolling(context.set) ? planRollingUpdate(context) : NO_CHANGES;
  return { ...update, waitMs: changes.waitMs };
}

function createPod({ set, hash }: DaemonContext, node: string): Write {
  return {
    verb: 'create',
    resource: 'pods',
    object: newDaemon(set, node, hash),
    announce: {
      regarding: set,
      onSuccess: { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
    },
  };
}

function deletePod(set: DaemonSet, { metadata: { name, uid } }: Pod): Write {
  return {
    verb: 'delete',
    resource: 'pods',
    name,
    uid,
    announce: {
      regarding: set,
      onSuccess: { type: 'Normal', reason: 'SuccessfulDelete', message: 'Deleted pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedDelete', message: 'Error deleting: {error}' },
    },
  };
}

const NO_STATUS: DaemonSetStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

function countCollision(set: DaemonSet): Write {
  const collisionCount = (set.status?.collisionCount ?? 0) + 1;
  return writeStatus(set, { ...NO_STATUS, ...set.status, collisionCount });
}

function writeStatus(set: DaemonSet, status: DaemonSetStatus): Write {
  return { verb: 'updateStatus', resource: DAEMON_SETS, object: { ...set, status } };
}

function capped(writes: readonly Write[], afterMs: number | null): Plan {
  if (writes.length > MAX_WRITES_PER_PLAN) {
    return { writes: writes.slice(0, MAX_WRITES_PER_PLAN), requeueAfterMs: 0 };
  }
  return afterMs === null ? { writes } : { writes, requeueAfterMs: afterMs };
}
