import { findCondition, isConditionTrue } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { Job, Pod } from '../kinds.ts';
import { judgeFailure } from './failure-policy.ts';
import { sizeOf } from './index-set.ts';
import { isSuspended } from './job-facts.ts';
import { hasFailed } from './pod-facts.ts';
import { metSuccessRule } from './success-policy.ts';
import { failedIndexes } from './tally.ts';
import type { Tally } from './tally.ts';

/**
 * How the job is going to end. The condition is written as soon as it is clear, and the final one,
 * Complete or Failed, once all pods are counted and gone (KEP-3998, KEP-3939).
 */
export interface Verdict {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
}

const success = (reason: string, message: string): Verdict => ({
  type: 'SuccessCriteriaMet',
  reason,
  message,
});
const failure = (reason: string, message: string): Verdict => ({
  type: 'FailureTarget',
  reason,
  message,
});

/** The verdict on a job; null while it goes on. One that was spoken stays. */
export function judge(job: Job, tally: Tally, now: number): Verdict | null {
  return (
    storedVerdict(job) ??
    judgeByPolicy(job, tally.pods) ??
    judgeByLimits(job, tally, now) ??
    judgeByIndexes(job, tally) ??
    judgeByCompletions(job, tally)
  );
}

/** The verdict that the status already has. */
export function storedVerdict({ status }: Job): Verdict | null {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    if (!isConditionTrue(status?.conditions, type)) continue;
    const { reason = '', message = '' } = findCondition(status?.conditions, type) ?? {};
    return { type, reason, message };
  }
  return null;
}

function judgeByPolicy(job: Job, pods: readonly Pod[]): Verdict | null {
  if (job.spec.podFailurePolicy === undefined) return null;
  for (const pod of pods) {
    if (!hasFailed(job, pod)) continue;
    const outcome = judgeFailure(job, pod);
    if (outcome.action === 'FailJob') return failure('PodFailurePolicy', outcome.message);
  }
  return null;
}

function judgeByLimits(job: Job, { pods, failed }: Tally, now: number): Verdict | null {
  const limit = job.spec.backoffLimit ?? Infinity;
  if (failed > limit || restartsExceed(job, pods, limit)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  return msUntilDeadline(job, now) === 0
    ? failure('DeadlineExceeded', 'Job was active longer than specified deadline')
    : null;
}

/** Containers that are restarted in place use the limit up as well. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue;
    for (const { restartCount } of [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ]) {
      restarts += restartCount;
    }
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until activeDeadlineSeconds are over, 0 when they are; null while none run. */
export function msUntilDeadline(job: Job, now: number): number | null {
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || isSuspended(job)) return null;
  const start = Date.parse(job.status?.startTime ?? '');
  const deadlineMs = activeDeadlineSeconds * 1000;
  return Number.isNaN(start) ? deadlineMs : Math.max(0, start + deadlineMs - now);
}

function judgeByIndexes(job: Job, tally: Tally): Verdict | null {
  const { indexes } = tally;
  if (indexes === null) return null;
  const failed = sizeOf(failedIndexes(tally));
  if (failed > (job.spec.maxFailedIndexes ?? Infinity)) {
    return failure(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    );
  }
  if (failed > 0 && failed + sizeOf(indexes.succeeded) >= (job.spec.completions ?? 0)) {
    return failure('FailedIndexes', 'Job has failed indexes');
  }
  const rule = metSuccessRule(job, indexes.succeeded);
  return rule === null ? null : success('SuccessPolicy', `Matched rules at index ${rule}`);
}

/** A job without a number of completions is done once a pod has succeeded and the rest has ended. */
function judgeByCompletions({ spec }: Job, { active, succeeded }: Tally): Verdict | null {
  if (active.length > 0 || succeeded < (spec.completions ?? 1)) return null;
  return success('CompletionsReached', 'Reached expected number of succeeded pods');
}

export function newJobCondition(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Condition {
  const time = formatTime(now);
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
}
