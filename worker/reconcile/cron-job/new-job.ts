import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import type { CronJob } from '../kinds.ts';
import { JOB_API_VERSION } from '../job/job-facts.ts';
import { formatInZone, jobNameAt, SCHEDULED_TIMESTAMP } from './cron-facts.ts';

/** The Job for a time of the schedule. Its name is that of no other time. */
export function jobFor(cronJob: CronJob, timeMs: number): KubernetesObject {
  const { name, uid } = cronJob.metadata;
  const { jobTemplate, timeZone } = cronJob.spec;
  const { labels, annotations } = jobTemplate?.metadata ?? {};
  return {
    apiVersion: JOB_API_VERSION,
    kind: 'Job',
    metadata: {
      name: jobNameAt(cronJob, timeMs),
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [SCHEDULED_TIMESTAMP]: formatInZone(timeMs, timeZone) },
      ownerReferences: [
        newControllerRef({ apiVersion: JOB_API_VERSION, kind: 'CronJob', name, uid }),
      ],
    },
    spec: jobTemplate?.spec ?? {},
  };
}
