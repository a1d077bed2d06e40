import type { Pod, PodDisruptionBudget } from '../kinds.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { DELETION_TIMEOUT_MS } from './budget-facts.ts';

export interface DisruptedPods {
  /** Evictions that were let through and may still be carried out. */
  readonly pending: Record<string, string>;
  /** Pods that should have been deleted by now. */
  readonly overdue: readonly Pod[];
  /** When the first of `pending` is overdue; null without any. Milliseconds since the epoch. */
  readonly recheckAt: number | null;
}

/** Which of the evictions that the status remembers still stand: of pods that nobody deletes yet. */
export function disruptedPods(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): DisruptedPods {
  const pending: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckAt: number | null = null;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const evictedAt = Object.hasOwn(status?.disruptedPods ?? {}, name)
      ? status?.disruptedPods?.[name]
      : undefined;
    if (evictedAt === undefined || deletionTimestamp !== undefined) continue;
    const due = Date.parse(evictedAt) + DELETION_TIMEOUT_MS;
    if (Number.isNaN(due) || due < now) {
      overdue.push(pod);
      continue;
    }
    pending[name] = evictedAt;
    recheckAt = Math.min(due, recheckAt ?? due);
  }
  return { pending, overdue, recheckAt };
}

/** Pods that are ready, and that nobody is about to delete. */
export function countHealthy(
  pods: readonly Pod[],
  pending: Readonly<Record<string, string>>,
): number {
  return pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !Object.hasOwn(pending, pod.metadata.name) &&
      isPodReady(pod),
  ).length;
}
