import type { Taint, Toleration } from '../kinds.ts';
import { toleratesTaint } from '../scheduler/tolerations.ts';

/**
 * How long a pod puts up with these taints, in milliseconds: the shortest that its tolerations say,
 * one for each taint; 0 when it does not, null for ever.
 */
export function toleranceMs(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): number | null {
  let shortest: number | null = null;
  for (const taint of taints) {
    // The first that fits is the one that counts, as upstream has it.
    const used = tolerations.find((toleration) => toleratesTaint([toleration], taint));
    if (used === undefined) return 0;
    if (used.tolerationSeconds === undefined) continue;
    const ms = Math.max(0, used.tolerationSeconds) * 1000;
    shortest = shortest === null ? ms : Math.min(shortest, ms);
  }
  return shortest;
}
