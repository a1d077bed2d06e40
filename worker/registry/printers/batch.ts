import type { CronJob, Job } from 'kubernetes-types/batch/v1.js';
import { humanDuration } from '../../../apimachinery/duration.ts';
import { formatLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, containerCells, NAME, NONE, since, wideColumn } from './columns.ts';

const WIDE = [wideColumn('Containers'), wideColumn('Images'), wideColumn('Selector')];

export const jobPrinter: TablePrinter = {
  columns: [NAME, column('Status'), column('Completions'), column('Duration'), AGE, ...WIDE],
  cells(object, now) {
    const job = object as unknown as Job;
    return [
      object.metadata.name ?? '',
      jobState(job, object.metadata.deletionTimestamp !== undefined),
      completions(job),
      jobDuration(job, now),
      age(object, now),
      ...containerCells(job.spec?.template?.spec?.containers),
      formatLabelSelector(job.spec?.selector),
    ];
  },
};

const STATES = [
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
] as const;

function jobState(job: Job, isDeleting: boolean): string {
  const is = (type: string): boolean =>
    (job.status?.conditions ?? []).some((c) => c.type === type && c.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (isDeleting) return 'Terminating';
  return STATES.find(([type]) => is(type))?.[1] ?? 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, now: number): string {
  const start = status?.startTime;
  if (!start) return '';
  const end = status?.completionTime;
  return humanDuration((end ? Date.parse(end) : now) - Date.parse(start));
}

export const cronJobPrinter: TablePrinter = {
  columns: [
    NAME,
    column('Schedule'),
    column('Timezone'),
    column('Suspend', 'boolean'),
    column('Active', 'integer'),
    column('Last Schedule'),
    AGE,
    ...WIDE,
  ],
  cells(object, now) {
    const { spec, status } = object as unknown as CronJob;
    const { suspend } = spec ?? {};
    const last = status?.lastScheduleTime;
    const template = spec?.jobTemplate?.spec;
    return [
      object.metadata.name ?? '',
      spec?.schedule ?? '',
      spec?.timeZone ?? NONE,
      suspend === undefined ? '<unset>' : suspend ? 'True' : 'False',
      (status?.active ?? []).length,
      last ? since(last, now) : NONE,
      age(object, now),
      ...containerCells(template?.template?.spec?.containers),
      formatLabelSelector(template?.selector),
    ];
  },
};
