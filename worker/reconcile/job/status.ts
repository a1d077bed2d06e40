import { findCondition, isConditionTrue } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Job, JobStatus } from '../kinds.ts';
import { omitZeros } from '../omit-zeros.ts';
import type { EventText } from '../planner.ts';
import { formatIndexSet, sizeOf } from './index-set.ts';
import { isDeleting, isSuspended } from './job-facts.ts';
import type { Tally } from './tally.ts';
import type { Tracking } from './tracking.ts';
import { newJobCondition, storedVerdict } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface ComputedStatus {
  readonly status: JobStatus;
  /** What the change of the status means to people, if anything. */
  readonly events: readonly EventText[];
}

type Draft = Pick<JobStatus, 'startTime' | 'completionTime'> & {
  conditions: readonly Condition[];
  events: readonly EventText[];
};

/** The status that is true before the plan's writes to pods, and safe to have written before them. */
export function computeStatus(
  job: Job,
  tally: Tally,
  tracking: Tracking,
  verdict: Verdict | null,
  now: number,
): ComputedStatus {
  const { events, ...draft } = conclude(job, tally, tracking, verdict, now);
  return { status: countedStatus(tally, tracking, draft), events };
}

function conclude(
  job: Job,
  tally: Tally,
  tracking: Tracking,
  verdict: Verdict | null,
  now: number,
): Draft {
  const { conditions = [], startTime } = job.status ?? {};
  const start = startTime ?? (isSuspended(job) ? undefined : formatTime(now));
  const draft: Draft = {
    conditions,
    events: [],
    ...(start === undefined ? {} : { startTime: start }),
  };
  if (verdict === null) return isDeleting(job) ? draft : noteSuspension(job, draft, now);
  if (storedVerdict(job) === null) {
    const { type, reason, message } = verdict;
    const condition = newJobCondition(type, 'True', reason, message, now);
    return { ...draft, conditions: withCondition(conditions, condition) };
  }
  return maySettle(tally, tracking) ? finish(job, verdict, draft, now) : draft;
}

/** A job ends when every pod of it has ended and was counted. */
function maySettle({ active, terminating }: Tally, { released, uncounted }: Tracking): boolean {
  const open = uncounted.succeeded.length + uncounted.failed.length + released.length;
  return open + active.length + terminating === 0;
}

function finish(job: Job, { type, reason, message }: Verdict, draft: Draft, now: number): Draft {
  const time = formatTime(now);
  const started = { startTime: draft.startTime ?? time };
  if (type === 'FailureTarget') {
    const condition = newJobCondition('Failed', 'True', reason, message, now);
    const conditions = withCondition(draft.conditions, condition);
    return { ...started, conditions, events: [{ type: 'Warning', reason, message }] };
  }
  const condition = newJobCondition('Complete', 'True', reason, message, now);
  const tooMany = (job.status?.succeeded ?? 0) > (job.spec.completions ?? Infinity);
  return {
    ...started,
    completionTime: time,
    conditions: withCondition(draft.conditions, condition),
    events: [
      ...(tooMany ? [TOO_MANY] : []),
      { type: 'Normal', reason: 'Completed', message: 'Job completed' },
    ],
  };
}

const TOO_MANY: EventText = {
  type: 'Warning',
  reason: 'TooManySucceededPods',
  message: 'Too many succeeded pods running after completion count reached',
};

/** A suspended job has no start: its deadline runs from when it was resumed (KEP-2232, KEP-5440). */
function noteSuspension(job: Job, draft: Draft, now: number): Draft {
  const { conditions } = draft;
  const wasSuspended = isConditionTrue(conditions, 'Suspended');
  if (isSuspended(job)) {
    const { startTime: _, ...stopped } = draft;
    if (wasSuspended) return stopped;
    const condition = newJobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now);
    return {
      ...stopped,
      conditions: withCondition(conditions, condition),
      events: [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' }],
    };
  }
  if (!wasSuspended) return draft;
  const condition = newJobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now);
  return {
    ...draft,
    conditions: withCondition(conditions, condition),
    events: [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' }],
  };
}

function withCondition(conditions: readonly Condition[], next: Condition): readonly Condition[] {
  return findCondition(conditions, next.type) === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition.type === next.type ? next : condition));
}

function countedStatus(
  { indexes, active, ready, terminating }: Tally,
  { succeeded, failed, uncounted }: Tracking,
  { conditions, startTime, completionTime }: Omit<Draft, 'events'>,
): JobStatus {
  const completedIndexes = indexes === null ? '' : formatIndexSet(indexes.succeeded);
  const failedIndexes = indexes?.failed ?? null;
  return {
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...omitZeros({
      active: active.length,
      succeeded: indexes === null ? succeeded : sizeOf(indexes.succeeded),
      failed,
    }),
    ready,
    terminating,
    ...(completedIndexes === '' ? {} : { completedIndexes }),
    ...(failedIndexes === null ? {} : { failedIndexes: formatIndexSet(failedIndexes) }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length === 0 ? {} : { succeeded: [...uncounted.succeeded] }),
      ...(uncounted.failed.length === 0 ? {} : { failed: [...uncounted.failed] }),
    },
  };
}
