import type { CronJob, Job, JobReference } from '../kinds.ts';
import { JOB_API_VERSION } from '../job/job-facts.ts';
import { UTC, zoneOf } from './zone.ts';

export const CRON_JOBS = 'cronjobs.batch';
export const SCHEDULED_TIMESTAMP = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** The name of the Job for a time: two for one minute would be the same. */
export function jobNameAt(cronJob: CronJob, timeMs: number): string {
  return `${cronJob.metadata.name}-${Math.floor(timeMs / 60_000)}`;
}

/** The time for which the CronJob made this Job; null when it does not look as if it did. */
export function scheduledTimeOf(cronJob: CronJob, job: Job): number | null {
  const time = Date.parse(job.metadata.annotations?.[SCHEDULED_TIMESTAMP] ?? '');
  return jobNameAt(cronJob, time) === job.metadata.name ? time : null;
}

export function timeOf(text: string | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}

export function referenceTo({ metadata }: Job): JobReference {
  const { namespace = '', name, uid, resourceVersion } = metadata;
  return {
    kind: 'Job',
    namespace,
    name,
    uid,
    apiVersion: JOB_API_VERSION,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** RFC 3339 with the offset that the zone has at that time. */
export function formatInZone(timeMs: number, timeZone: string | undefined): string {
  const zone = timeZone === undefined ? UTC : zoneOf(timeZone);
  const offset = zone.offsetAt(timeMs / 1000);
  const shown = new Date(timeMs + offset * 1000).toISOString().slice(0, 19);
  if (offset === 0) return `${shown}Z`;
  const minutes = Math.floor(Math.abs(offset) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${shown}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
