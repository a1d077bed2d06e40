import type { CronJob, Job } from '../kinds.ts';
import { finishedType, isDeleting } from '../job/job-facts.ts';
import { timeOf } from './cron-facts.ts';

/** Finished Jobs beyond what the limits keep, oldest first. */
export function jobsBeyondHistory({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const kept = jobs.filter((job) => !isDeleting(job));
  return [
    ...beyond(kept, 'Complete', spec.successfulJobsHistoryLimit),
    ...beyond(kept, 'Failed', spec.failedJobsHistoryLimit),
  ];
}

function beyond(
  jobs: readonly Job[],
  type: 'Complete' | 'Failed',
  limit: number | undefined,
): readonly Job[] {
  const finished = jobs.filter((job) => finishedType(job) === type);
  const surplus = limit === undefined ? 0 : Math.max(0, finished.length - limit);
  return finished.sort(byStart).slice(0, surplus);
}

function byStart(a: Job, b: Job): number {
  const start = ({ status }: Job): number => timeOf(status?.startTime) ?? Infinity;
  if (start(a) !== start(b)) return start(a) < start(b) ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
