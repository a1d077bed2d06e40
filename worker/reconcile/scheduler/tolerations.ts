import type { Taint, Toleration } from '../kinds.ts';

/** Whether a pod with these tolerations puts up with the taint. */
export function toleratesTaint(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  // An empty key stands for every key, with Exists alone.
  const equal =
    toleration.operator === undefined ||
    toleration.operator === '' ||
    toleration.operator === 'Equal';
  return equal && toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}

/** Whether some taint keeps the pod off the node. */
export function hasUntoleratedTaint(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
): boolean {
  return taints.some(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !toleratesTaint(tolerations, taint),
  );
}

/** How many taints would rather not have the pod. */
export function countDisliked(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
): number {
  return taints.filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaint(tolerations, taint),
  ).length;
}
