import { terminationGraceSeconds } from '../pod.ts';
import type { DesiredPod } from '../pod.ts';
import type { ShutdownPeriod } from './shutdown-periods.ts';

/** Pods that are ended together. */
export interface ShutdownGroup {
  /** So long the next group waits for them at most. */
  readonly periodSeconds: number;
  readonly pods: readonly { readonly pod: DesiredPod; readonly graceSeconds: number }[];
}

/**
 * Who ends when, as the machine goes down: pods of low priority first, each group within its share of
 * the time; a pod that asks for less than that gets what it asks for. Groups without pods take no time
 * (pkg/kubelet/nodeshutdown, groupByPriority, killPods).
 *
 * @param periods lowest priority first
 */
export function planShutdown(
  periods: readonly ShutdownPeriod[],
  pods: readonly DesiredPod[],
): ShutdownGroup[] {
  const byPeriod = Map.groupBy(pods, (pod) => periodOf(periods, pod.spec.priority ?? 0));
  return periods.flatMap((period) => {
    const { shutdownGracePeriodSeconds: periodSeconds } = period;
    const members = (byPeriod.get(period) ?? []).map((pod) => ({
      pod,
      graceSeconds: Math.min(terminationGraceSeconds(pod), periodSeconds),
    }));
    return members.length === 0 ? [] : [{ periodSeconds, pods: members }];
  });
}

/** The last period that begins at or below a priority; the first for what is below all. */
function periodOf(
  periods: readonly ShutdownPeriod[],
  priority: number,
): ShutdownPeriod | undefined {
  return periods.findLast((period) => period.priority <= priority) ?? periods[0];
}
