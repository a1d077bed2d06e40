import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { CronJob, CronJobStatus, Job } from '../kinds.ts';
import { isDeleting, JOBS } from '../job/job-facts.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { EventText, Plan, Write } from '../planner.ts';
import { noteStarted, reviewJobs, withoutActive, withStarted } from './active-jobs.ts';
import { CRON_JOBS, jobNameAt } from './cron-facts.ts';
import { dueBy } from './due.ts';
import { jobsBeyondHistory } from './history.ts';
import { jobFor } from './new-job.ts';
import { readSchedule } from './schedule.ts';

export interface ObservedCronJob {
  readonly cronJob: CronJob;
  /** Jobs that it controls. */
  readonly jobs: readonly Job[];
  /** The names of all Jobs of the namespace. */
  readonly jobNames: ReadonlySet<string>;
  readonly namespaceTerminating: boolean;
}

/** What a step wants: its writes, a status to write before them, and when to come again. */
interface Outcome {
  readonly status: CronJobStatus;
  readonly writes: readonly Write[];
  readonly events: readonly EventText[];
  readonly next: number | null;
}

/**
 * Starts a Job for every time of the schedule. Steps: note the Jobs just made, review the active
 * ones, clear the history, and start what is due.
 */
export function planCronJob(observed: ObservedCronJob, now: number): Plan {
  const { cronJob, jobs, jobNames } = observed;
  const noted = noteStarted(cronJob, jobs, now);
  if (noted !== null) return { writes: writesOfStatus(cronJob, noted) };
  const surplus = jobsBeyondHistory(cronJob, jobs).slice(0, MAX_WRITES_PER_PLAN);
  const cleared = new Set(surplus.map(({ metadata }) => metadata.uid));
  const review = reviewJobs(withoutActive(cronJob.status ?? {}, cleared), jobs, jobNames);
  const outcome = startDue(observed, review.status, now);
  const events = [...review.events, ...outcome.events];
  return {
    writes: [
      ...writesOfStatus(cronJob, outcome.status),
      ...surplus.map(({ metadata: { name, uid } }) => remove(cronJob, name, uid)),
      ...outcome.writes,
    ],
    ...(events.length === 0
      ? {}
      : { events: events.map((event) => ({ ...event, regarding: cronJob })) }),
    ...(outcome.next === null ? {} : { requeueAfterMs: Math.max(0, outcome.next - now) }),
  };
}

function startDue(observed: ObservedCronJob, status: CronJobStatus, now: number): Outcome {
  const { cronJob } = observed;
  const nothing: Outcome = { status, writes: [], events: [], next: null };
  if (cronJob.metadata.deletionTimestamp !== undefined) return nothing;
  const { schedule, events } = readSchedule(cronJob);
  if (schedule === null) return { ...nothing, events };
  const due = dueBy(cronJob, schedule, now);
  if (due === null) {
    const message = `invalid schedule: ${cronJob.spec.schedule} : time difference between two schedules is less than 1 second`;
    return {
      ...nothing,
      events: [...events, { type: 'Warning', reason: 'InvalidSchedule', message }],
    };
  }
  if (due.time === null) return { ...nothing, events, next: due.next };
  const started = start(observed, status, due.time, now);
  const missed = due.manyMissed ? [TOO_MANY_MISSED] : [];
  return { ...started, events: [...events, ...missed, ...started.events], next: due.next };
}

const TOO_MANY_MISSED: EventText = {
  type: 'Warning',
  reason: 'TooManyMissedTimes',
  message:
    'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
};

/** Starts the Job for this time, if nothing speaks against it. */
function start(
  { cronJob, jobs, jobNames, namespaceTerminating }: ObservedCronJob,
  status: CronJobStatus,
  time: number,
  now: number,
): Omit<Outcome, 'next'> {
  const { concurrencyPolicy, startingDeadlineSeconds = Infinity } = cronJob.spec;
  const { active = [] } = status;
  const name = jobNameAt(cronJob, time);
  const held = (...events: EventText[]) => ({ status, writes: [], events });
  if (time + startingDeadlineSeconds * 1000 < now) {
    const at = new Date(time).toUTCString().replace('GMT', '+0000');
    const message = `Missed scheduled time to start a job: ${at}`;
    return held({ type: 'Warning', reason: 'MissSchedule', message });
  }
  if (namespaceTerminating || active.some((reference) => reference.name === name)) return held();
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    return held({
      type: 'Normal',
      reason: 'JobAlreadyActive',
      message:
        'Not starting job because prior execution is running and concurrency policy is Forbid',
    });
  }
  const own = jobs.find((job) => job.metadata.name === name);
  if (own !== undefined) return { ...held(), status: withStarted(status, own, time) };
  // Somebody else's Job of that name is theirs.
  if (jobNames.has(name)) return held();
  const replaced = concurrencyPolicy === 'Replace' ? active : [];
  const leaving = new Set(jobs.filter(isDeleting).map(({ metadata }) => metadata.uid));
  return {
    status: withoutActive(status, new Set(replaced.map(({ uid = '' }) => uid))),
    writes: [
      ...replaced
        .filter(({ uid = '' }) => !leaving.has(uid))
        .map((reference) => remove(cronJob, reference.name ?? '', reference.uid ?? '')),
      create(cronJob, time),
    ],
    events: [],
  };
}

function writesOfStatus(cronJob: CronJob, status: CronJobStatus): Write[] {
  if (deepEqual(status, cronJob.status ?? {})) return [];
  return [{ verb: 'updateStatus', resource: CRON_JOBS, object: { ...cronJob, status } }];
}

function remove(cronJob: CronJob, name: string, uid: string): Write {
  return {
    verb: 'delete',
    resource: JOBS,
    name,
    uid,
    propagationPolicy: 'Background',
    announce: {
      regarding: cronJob,
      onSuccess: { type: 'Normal', reason: 'SuccessfulDelete', message: 'Deleted job {name}' },
      onFailure: { type: 'Warning', reason: 'FailedDelete', message: 'Deleted job: {error}' },
    },
  };
}

function create(cronJob: CronJob, time: number): Write {
  return {
    verb: 'create',
    resource: JOBS,
    object: jobFor(cronJob, time),
    announce: {
      regarding: cronJob,
      onSuccess: { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created job {name}' },
      onFailure: {
        type: 'Warning',
        reason: 'FailedCreate',
        message: 'Error creating job: {error}',
      },
    },
  };
}
