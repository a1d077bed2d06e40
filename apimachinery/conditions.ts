import type { Condition } from './meta.ts';

/** The condition of this type, or undefined. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of this type is there with status True. */
export function isConditionTrue(
  conditions: readonly Condition[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * Replaces the condition of the same type, or appends. Takes the time of the transition with it:
 * `lastTransitionTime` stays that of the old condition while the status stays the same.
 * Returns the very same array when type, status, reason and message are as they were, so callers
 * see by identity whether there is something to write.
 */
export function setCondition(
  conditions: readonly Condition[],
  next: Condition & { lastTransitionTime: string },
): readonly Condition[] {
  const index = conditions.findIndex((condition) => condition.type === next.type);
  const old = conditions[index];
  if (old === undefined) return [...conditions, next];
  if (old.status === next.status && old.reason === next.reason && old.message === next.message) {
    return conditions;
  }
  const replaced =
    old.status === next.status && old.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: old.lastTransitionTime }
      : next;
  return conditions.with(index, replaced);
}

/** All conditions but the one of this type; the very same array when there was none. */
export function removeCondition(
  conditions: readonly Condition[],
  type: string,
): readonly Condition[] {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}
