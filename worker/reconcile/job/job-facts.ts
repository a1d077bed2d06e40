import { findCondition, isConditionTrue } from '../../../apimachinery/conditions.ts';
import type { Job } from '../kinds.ts';

export const JOBS = 'jobs.batch';
export const JOB_API_VERSION = 'batch/v1';
/** The value of `spec.managedBy` that means this very controller, as absence does. */
const OWN_NAME = 'kubernetes.io/job-controller';

type FinishedType = 'Complete' | 'Failed';

/** How the job ended, or null while it has not. */
export function finishedType(job: Job): FinishedType | null {
  const types: readonly FinishedType[] = ['Complete', 'Failed'];
  return types.find((type) => isConditionTrue(job.status?.conditions, type)) ?? null;
}

export const isFinished = (job: Job): boolean => finishedType(job) !== null;

/** When the job ended, in milliseconds since the epoch; null while it has not. */
export function finishedAtMs(job: Job): number | null {
  const type = finishedType(job);
  if (type === null) return null;
  const at = Date.parse(findCondition(job.status?.conditions, type)?.lastTransitionTime ?? '');
  return Number.isNaN(at) ? null : at;
}

/** Whether some other controller has the job in its care (KEP-4368). */
export function isManagedElsewhere({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== OWN_NAME;
}

export const isDeleting = (job: Job): boolean => job.metadata.deletionTimestamp !== undefined;

export const isSuspended = (job: Job): boolean => job.spec.suspend === true;

/** How many indexes an Indexed job has; null for a job without indexes. */
export function indexCount({ spec }: Job): number | null {
  return spec.completionMode === 'Indexed' ? (spec.completions ?? 0) : null;
}

/** Whether a pod is replaced only once it is done, not as soon as it was asked to go (KEP-3939). */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
}
