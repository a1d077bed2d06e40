import { cronJobPrinter, jobPrinter } from '../printers/batch.ts';
import { cronJobStrategy } from '../resources/batch/cron-job.ts';
import { jobStrategy } from '../resources/batch/job.ts';
import type { ServedGroup } from '../served.ts';

export const BATCH: ServedGroup = {
  'cronjobs.batch/v1': {
    strategy: cronJobStrategy,
    printer: cronJobPrinter,
    shortNames: ['cj'],
    categories: ['all'],
    subresources: ['status'],
  },
  'jobs.batch/v1': {
    strategy: jobStrategy,
    printer: jobPrinter,
    categories: ['all'],
    subresources: ['status'],
  },
};
