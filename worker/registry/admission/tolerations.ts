import type { Toleration } from 'kubernetes-types/core/v1.js';
import { deepEqual } from '../rest/deep-equal.ts';

/**
 * Two lists of tolerations as one, without those that another one covers (pkg/util/tolerations).
 * Of equal ones the first stays.
 */
export function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  all.forEach((toleration, i) => {
    const isCovered =
      merged.some((other) => covers(other, toleration)) ||
      all.slice(i + 1).some((other) => !deepEqual(other, toleration) && covers(other, toleration));
    if (!isCovered) merged.push(toleration);
  });
  return merged;
}

/** Whether `wide` tolerates everything that `narrow` does. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (deepEqual(wide, narrow)) return true;
  const key = wide.key ?? '';
  // No key with Exists stands for all keys, and no effect for all effects.
  if (key !== (narrow.key ?? '') && (key !== '' || wide.operator !== 'Exists')) return false;
  const effect = wide.effect ?? '';
  if (effect !== (narrow.effect ?? '') && effect !== '') return false;
  if (effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds: seconds } = narrow;
    if (seconds === undefined || seconds > wide.tolerationSeconds) return false;
  }
  switch (wide.operator ?? '') {
    case '':
    case 'Equal':
      return narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '');
    case 'Exists':
      return true;
    default:
      return false;
  }
}
