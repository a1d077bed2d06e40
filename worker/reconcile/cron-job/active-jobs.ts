import type { CronJob, CronJobStatus, Job, JobReference } from '../kinds.ts';
import type { EventText } from '../planner.ts';
import { finishedType } from '../job/job-facts.ts';
import { referenceTo, scheduledTimeOf, timeOf } from './cron-facts.ts';

export interface Reviewed {
  readonly status: CronJobStatus;
  readonly events: readonly EventText[];
}

/**
 * The status with the Jobs noted that the CronJob has made since its last time; null where all are.
 * A plan that makes one does not know its uid, so it is for the next plan to do that.
 */
export function noteStarted(
  cronJob: CronJob,
  jobs: readonly Job[],
  now: number,
): CronJobStatus | null {
  const last = timeOf(cronJob.status?.lastScheduleTime) ?? -Infinity;
  const unnoted = jobs
    .map((job) => ({ job, time: scheduledTimeOf(cronJob, job) ?? -Infinity }))
    .filter(({ time }) => time > last && time <= now)
    .sort((a, b) => a.time - b.time);
  if (unnoted.length === 0) return null;
  return unnoted.reduce((status, { job, time }) => withStarted(status, job, time), {
    ...cronJob.status,
  });
}

/** The status with a Job noted as started for this time. */
export function withStarted(status: CronJobStatus, job: Job, timeMs: number): CronJobStatus {
  const { active = [] } = status;
  const isNoted = active.some(({ uid }) => uid === job.metadata.uid);
  return {
    ...status,
    active: isNoted ? active : [...active, referenceTo(job)],
    lastScheduleTime: formatSeconds(timeMs),
  };
}

const formatSeconds = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

/** Takes out of the active Jobs those that have ended or gone, and notes the last success. */
export function reviewJobs(
  status: CronJobStatus,
  jobs: readonly Job[],
  jobNames: ReadonlySet<string>,
): Reviewed {
  const byUID = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const listed = new Set(status.active?.map(({ uid }) => uid));
  const events: EventText[] = [];
  const active: JobReference[] = [];
  for (const job of jobs) {
    if (finishedType(job) !== null || listed.has(job.metadata.uid)) continue;
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    events.push({ type: 'Warning', reason: 'UnexpectedJob', message });
  }
  for (const reference of status.active ?? []) {
    const { uid = '', name = '' } = reference;
    const job = byUID.get(uid);
    const ended = job === undefined ? null : finishedType(job);
    if (ended !== null) {
      const message = `Saw completed job: ${name}, condition: ${ended}`;
      events.push({ type: 'Normal', reason: 'SawCompletedJob', message });
    } else if (job !== undefined || jobNames.has(name)) active.push(reference);
    else {
      const message = `Active job went missing: ${name}`;
      events.push({ type: 'Normal', reason: 'MissingJob', message });
    }
  }
  return { status: withLists({ ...status, active }, lastSuccess(status, jobs)), events };
}

function lastSuccess(
  { lastSuccessfulTime }: CronJobStatus,
  jobs: readonly Job[],
): string | undefined {
  return jobs
    .filter((job) => finishedType(job) === 'Complete')
    .map((job) => job.status?.completionTime)
    .reduce(
      (last, time) => ((timeOf(time) ?? -Infinity) > (timeOf(last) ?? -Infinity) ? time : last),
      lastSuccessfulTime,
    );
}

/** The status without the active Jobs of these uids. */
export function withoutActive(status: CronJobStatus, uids: ReadonlySet<string>): CronJobStatus {
  const active = (status.active ?? []).filter(({ uid = '' }) => !uids.has(uid));
  return withLists({ ...status, active }, status.lastSuccessfulTime);
}

/** An empty list is written as absence. */
function withLists(status: CronJobStatus, lastSuccessfulTime: string | undefined): CronJobStatus {
  const { active = [], lastSuccessfulTime: _, ...rest } = status;
  return {
    ...(active.length === 0 ? {} : { active }),
    ...rest,
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
}
