import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Job, Pod } from '../kinds.ts';
import { EMPTY_PLAN, MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { EventText, Plan, Write } from '../planner.ts';
import { planPodClaims } from './claim-pods.ts';
import { isDeleting, isFinished, isManagedElsewhere, JOBS } from './job-facts.ts';
import { managePods, NO_CHANGES } from './manage.ts';
import type { PodChanges } from './manage.ts';
import { isTracked, withoutTracking } from './pod-facts.ts';
import { computeStatus } from './status.ts';
import { tallyPods } from './tally.ts';
import type { Tally } from './tally.ts';
import { trackPods } from './tracking.ts';
import type { Tracking } from './tracking.ts';
import { judge, msUntilDeadline } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface ObservedJob {
  readonly job: Job;
  /** Pods that the job controls. */
  readonly controlled: readonly Pod[];
  /** Pods without a controller that its selector matches. */
  readonly orphans: readonly Pod[];
  readonly namespaceTerminating: boolean;
}

/**
 * Runs pods until enough have succeeded or too many have failed. Steps: claim, tally, verdict,
 * tracking, management, status. The status is written first: what a pod loses its finalizer for
 * must be on record before it does.
 */
export function planJob(observed: ObservedJob, now: number): Plan {
  const { job } = observed;
  if (isFinished(job) || isManagedElsewhere(job)) return EMPTY_PLAN;
  const claims = planPodClaims(job, observed.controlled, observed.orphans);
  if (claims.writes.length > 0) {
    const writes = claims.writes.slice(0, MAX_WRITES_PER_PLAN);
    return writes.length < claims.writes.length ? { writes, requeueAfterMs: 0 } : { writes };
  }

  const tally = tallyPods(job, claims.claimed);
  const verdict = judge(job, tally, now);
  // Whoever is released by a verdict is deleted as well, if it still runs.
  const most = verdict === null ? MAX_WRITES_PER_PLAN : MAX_WRITES_PER_PLAN / 2;
  const tracking = trackPods(job, tally, verdict, most);
  const room = MAX_WRITES_PER_PLAN - tracking.released.length;
  const changes = changePods(observed, tally, tracking, verdict, room, now);
  const { status, events } = computeStatus(job, tally, tracking, verdict, now);
  const writes: Write[] = [];
  if (!deepEqual(status, job.status)) writes.push(writeStatus({ ...job, status }, events));
  writes.push(
    ...tracking.released.map(release),
    ...changes.deletes.flatMap((pod) => takeAway(job, pod, verdict)),
    ...changes.creates.map((pod): Write => make(job, pod)),
  );
  const timers = [
    ...(tracking.isPartial || changes.isPartial ? [0] : []),
    ...(changes.waitMs === null ? [] : [changes.waitMs]),
    ...(verdict === null ? [msUntilDeadline(job, now) ?? Infinity] : []),
  ];
  const requeueAfterMs = Math.min(Infinity, ...timers);
  const plan: Plan = requeueAfterMs === Infinity ? { writes } : { writes, requeueAfterMs };
  const [, ...others] = events.toReversed();
  return others.length === 0
    ? plan
    : { ...plan, events: others.map((event) => ({ ...event, regarding: job })) };
}

function changePods(
  { job, namespaceTerminating }: ObservedJob,
  tally: Tally,
  { released }: Tracking,
  verdict: Verdict | null,
  room: number,
  now: number,
): PodChanges {
  if (verdict !== null) {
    // A pod that goes with its finalizer would count as one that failed by itself.
    const free = new Set(released);
    const deletes = tally.active.filter((pod) => free.has(pod) || !isTracked(pod));
    return { ...NO_CHANGES, deletes };
  }
  if (isDeleting(job)) return NO_CHANGES;
  const changes = managePods(job, tally, room, now);
  return namespaceTerminating ? { ...changes, creates: [], isPartial: false } : changes;
}

function writeStatus(job: Job, events: readonly EventText[]): Write {
  const onSuccess = events.at(-1);
  const write: Write = { verb: 'updateStatus', resource: JOBS, object: job };
  return onSuccess === undefined ? write : { ...write, announce: { regarding: job, onSuccess } };
}

function release(pod: Pod): Write {
  return { verb: 'update', resource: 'pods', object: withoutTracking(pod) };
}

/** Pods that are taken away while the job goes on are not to be counted: their finalizer goes first. */
function takeAway(job: Job, pod: Pod, verdict: Verdict | null): Write[] {
  return [
    ...(verdict === null && isTracked(pod) ? [release(pod)] : []),
    {
      verb: 'delete',
      resource: 'pods',
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      announce: {
        regarding: job,
        onSuccess: { type: 'Normal', reason: 'SuccessfulDelete', message: 'Deleted pod: {name}' },
        onFailure: { type: 'Warning', reason: 'FailedDelete', message: 'Error deleting: {error}' },
      },
    },
  ];
}

function make(job: Job, object: Pod | PodChanges['creates'][number]): Write {
  return {
    verb: 'create',
    resource: 'pods',
    object,
    announce: {
      regarding: job,
      onSuccess: { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
    },
  };
}
