import { planRevisionClaims } from '../controller-revisions/claim-revisions.ts';
import { planRevision } from '../controller-revisions/plan-revision.ts';
import type { PlannedRevision } from '../controller-revisions/plan-revision.ts';
import { ownerIdentity } from '../controller-revisions/revision.ts';
import { planSurplus } from '../controller-revisions/surplus.ts';
import { planClaims } from '../claim.ts';
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from '../kinds.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { labelPredicate } from '../selector.ts';
import type { ClaimsByName } from './claims.ts';
import { layOut } from './layout.ts';
import type { Layout } from './layout.ts';
import { deletePod, stepForPlace } from './manage-replicas.ts';
import type { ReplicaContext } from './manage-replicas.ts';
import type { Revisions } from './new-pod.ts';
import { revisionOf } from './pod-facts.ts';
import { nextToUpdate } from './rolling-update.ts';
import { stepForCondemned, stepForCondemnedClaims } from './scale-down.ts';
import { isDeleting, isMember, isOrdered, STATEFUL_SET, STATEFUL_SETS } from './set-facts.ts';
import { computeStatus, isNews } from './status.ts';
import { runSteps } from './step.ts';
import type { Run } from './step.ts';

export interface ObservedStatefulSet {
  readonly set: StatefulSet;
  /** Pods that the set controls. */
  readonly controlled: readonly Pod[];
  /** Pods without a controller. */
  readonly orphans: readonly Pod[];
  /** Pods, anybody's, that have the names of the set's places. */
  readonly namesakes: readonly Pod[];
  /** Revisions that the set controls, and those without a controller that its selector matches. */
  readonly revisions: readonly ControllerRevision[];
  readonly orphanRevisions: readonly ControllerRevision[];
  /** Who has the name that a new revision would get. */
  readonly revisionNamesake: ControllerRevision | null;
  readonly claims: ClaimsByName;
  readonly namespaceTerminating: boolean;
}

/** Keeps one pod per ordinal. The README lists the steps. */
export function planStatefulSet(observed: ObservedStatefulSet, now: number): Plan {
  const { set } = observed;
  const pods = claimPods(observed);
  const revisions = planRevisionClaims(
    STATEFUL_SET,
    set,
    // A revision that the selector does not match is not let go, just not looked at.
    observed.revisions.filter(({ metadata }) => labelPredicate(set.spec.selector)(metadata.labels)),
    observed.orphanRevisions,
  );
  const claims = [...pods.writes, ...revisions.writes];
  if (claims.length > 0) return capped(claims);

  const planned = planRevision(STATEFUL_SET, set, revisions.claimed, observed.revisionNamesake);
  if (isDeleting(set)) return planDeleting(set, pods.claimed, revisions.claimed, planned, now);
  if (planned === 'collision') return { writes: [countCollision(set)] };
  if (planned.writes.length > 0 && observed.namespaceTerminating) return EMPTY_PLAN;
  return planPods(observed, pods.claimed, revisions.claimed, planned, now);
}

function claimPods({ set, controlled, orphans }: ObservedStatefulSet) {
  return planClaims(
    { ...ownerIdentity(STATEFUL_SET, set), deleting: isDeleting(set) },
    'pods',
    controlled,
    orphans,
    labelPredicate(set.spec.selector),
    (pod) => isMember(set, pod),
  );
}

function planPods(
  observed: ObservedStatefulSet,
  pods: readonly Pod[],
  history: readonly ControllerRevision[],
  planned: Exclude<PlannedRevision, 'collision'>,
  now: number,
): Plan {
  const { set } = observed;
  const revisions = {
    current: currentRevision(set, history, planned.update),
    update: planned.update,
  };
  const own = new Set(pods.map(({ metadata }) => metadata.uid));
  const strangers = observed.namesakes.filter(({ metadata }) => !own.has(metadata.uid));
  const context: ReplicaContext = {
    ...observed,
    revisions,
    taken: new Set(strangers.map(({ metadata }) => metadata.name)),
    now,
  };
  const layout = layOut(set, pods, now);
  const run = runReplicas(context, layout);
  const leaving = run.writes.flatMap((write) => (write.verb === 'delete' ? [write.uid] : []));
  const updating = run.ended ? null : nextToUpdate(set, layout, revisions, new Set(leaving), now);
  const { status, nextAvailableMs } = computeStatus(set, pods, revisions, updating, now);
  const writes = [
    ...planned.writes,
    ...(isNews(set, status) ? [writeStatus(set, status)] : []),
    ...run.writes,
    ...(updating === null ? [] : [deletePod(set, updating)]),
    ...forgetOld(set, pods, history, revisions),
  ];
  const plan = capped(writes, nextAvailableMs);
  return run.events.length === 0
    ? plan
    : { ...plan, events: run.events.map((event) => ({ ...event, regarding: set })) };
}

/** Replicas, then who owns the claims of those that have to go, then those themselves. */
function runReplicas(context: ReplicaContext, layout: Layout): Run {
  const { set, now } = context;
  const { places, condemned } = layout;
  const ordered = isOrdered(set);
  const stages = [
    () => runSteps(places, ordered, (place) => stepForPlace(context, place)),
    () => runSteps(condemned, ordered, (pod) => stepForCondemnedClaims(context, pod)),
    () => runSteps(condemned, ordered, (pod) => stepForCondemned(set, layout, pod, now)),
  ];
  let run: Run = { writes: [], events: [], ended: false };
  for (const stage of stages) {
    if (run.ended) break;
    const { writes, events, ended } = stage();
    run = { writes: [...run.writes, ...writes], events: [...run.events, ...events], ended };
  }
  return run;
}

/** The revision that the status calls current; where it is gone, the set starts over. */
function currentRevision(
  set: StatefulSet,
  history: readonly ControllerRevision[],
  update: ControllerRevision,
): ControllerRevision {
  const name = set.status?.currentRevision;
  if (name === update.metadata.name) return update;
  return history.find(({ metadata }) => metadata.name === name) ?? update;
}

/** A set that is being deleted only counts what is left of it. */
function planDeleting(
  set: StatefulSet,
  pods: readonly Pod[],
  history: readonly ControllerRevision[],
  planned: PlannedRevision,
  now: number,
): Plan {
  const isKnown = planned !== 'collision' && history.length > 0 && planned.writes.length === 0;
  if (!isKnown) return EMPTY_PLAN;
  const { update } = planned;
  const revisions = { current: currentRevision(set, history, update), update };
  const { status } = computeStatus(set, pods, revisions, null, now);
  return isNews(set, status) ? { writes: [writeStatus(set, status)] } : EMPTY_PLAN;
}

function forgetOld(
  set: StatefulSet,
  pods: readonly Pod[],
  history: readonly ControllerRevision[],
  { current, update }: Revisions,
): Write[] {
  const limit = set.spec.revisionHistoryLimit ?? 10;
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
  const old = history.filter(({ metadata }) => !live.has(metadata.name));
  return limit < 0 ? [] : planSurplus(old, old.length - limit, () => false);
}

function countCollision(set: StatefulSet): Write {
  const { replicas = 0, collisionCount = 0, ...status } = set.status ?? {};
  return writeStatus(set, { ...status, replicas, collisionCount: collisionCount + 1 });
}

function writeStatus(set: StatefulSet, status: StatefulSetStatus): Write {
  return { verb: 'updateStatus', resource: STATEFUL_SETS, object: { ...set, status } };
}

function capped(writes: readonly Write[], afterMs: number | null = null): Plan {
  if (writes.length > MAX_WRITES_PER_PLAN) {
    return { writes: writes.slice(0, MAX_WRITES_PER_PLAN), requeueAfterMs: 0 };
  }
  return afterMs === null ? { writes } : { writes, requeueAfterMs: afterMs };
}
