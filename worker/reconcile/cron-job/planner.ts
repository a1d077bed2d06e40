import { controllerOf } from '../../../apimachinery/owner-references.ts';
import { as, asList } from '../kinds.ts';
import type { CronJob, Job } from '../kinds.ts';
import { JOB_API_VERSION, JOBS } from '../job/job-facts.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { CRON_JOBS } from './cron-facts.ts';
import { planCronJob } from './plan.ts';
import type { ObservedCronJob } from './plan.ts';

export const cronJobPlanner: Planner<ObservedCronJob> = {
  name: 'cronjob-controller',
  keysFor,
  observe,
  plan: planCronJob,
};

function keysFor({ resource, name, before, after }: Change): readonly string[] {
  if (resource === CRON_JOBS) return after === null ? [] : [name];
  if (resource !== JOBS) return [];
  const keys = new Set<string>();
  for (const job of [before, after]) {
    const owner = job === null ? undefined : controllerOf(job);
    if (owner?.kind === 'CronJob' && owner.apiVersion === JOB_API_VERSION) keys.add(owner.name);
  }
  return [...keys];
}

function observe(reader: Reader, key: string): ObservedCronJob | null {
  const object = reader.get(CRON_JOBS, key);
  if (object === null) return null;
  const cronJob = as<CronJob>(object);
  return {
    cronJob,
    jobs: asList<Job>(reader.listControlledBy(JOBS, cronJob.metadata.uid)),
    jobNames: new Set(asList<Job>(reader.list(JOBS)).map(({ metadata }) => metadata.name)),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}
