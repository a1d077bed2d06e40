import { findCondition } from '../../../apimachinery/conditions.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import type { Condition } from '../../../apimachinery/meta.ts';
import type { PodDisruptionBudgetStatus } from '../kinds.ts';

export const DISRUPTION_ALLOWED = 'DisruptionAllowed';
export const SYNC_FAILED = 'SyncFailed';

/** The conditions with what `disruptionsAllowed` comes to (component-helpers/apps/poddisruptionbudget). */
export function allowedConditions(status: PodDisruptionBudgetStatus, now: number): Condition[] {
  const isAllowed = (status.disruptionsAllowed ?? 0) > 0;
  return withVerdict(
    status,
    {
      status: isAllowed ? 'True' : 'False',
      reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
    },
    now,
  );
}

/** The conditions of a budget that cannot be worked out. */
export const failedConditions = (
  status: PodDisruptionBudgetStatus,
  message: string,
  now: number,
): Condition[] => withVerdict(status, { status: 'False', reason: SYNC_FAILED, message }, now);

function withVerdict(
  { conditions = [], observedGeneration }: PodDisruptionBudgetStatus,
  verdict: Pick<Condition, 'status'> & { readonly reason: string; readonly message: string },
  now: number,
): Condition[] {
  const old = findCondition(conditions, DISRUPTION_ALLOWED);
  const next: Condition = {
    type: DISRUPTION_ALLOWED,
    ...verdict,
    ...(observedGeneration ? { observedGeneration } : {}),
    lastTransitionTime:
      old?.status === verdict.status && old.lastTransitionTime !== undefined
        ? old.lastTransitionTime
        : formatTime(now),
  };
  return old === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition === old ? next : condition));
}
