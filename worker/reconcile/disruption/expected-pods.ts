import { scaledValue } from '../../../apimachinery/int-or-string.ts';
import { controllerOf } from '../../../apimachinery/owner-references.ts';
import type { Pod, PodDisruptionBudget } from '../kinds.ts';
import { countsByScale } from './budget-facts.ts';
import type { ControllerScale } from './controller-scale.ts';

export interface ExpectedPods {
  readonly expected: number;
  readonly desiredHealthy: number;
  /** Whether some pods have no controller, where the controllers are what is counted. */
  readonly hasUnmanaged: boolean;
}

/**
 * How many pods there should be, and how many of them healthy. A plain `minAvailable` counts the
 * pods that there are; shares and `maxUnavailable` go by what the pods' controllers want together.
 *
 * @returns a text where that cannot be said.
 */
export function expectedPods(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  scales: ReadonlyMap<string, ControllerScale>,
): ExpectedPods | string {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (!countsByScale(budget)) {
    return typeof minAvailable === 'number'
      ? { expected: pods.length, desiredHealthy: minAvailable, hasUnmanaged: false }
      : { expected: 0, desiredHealthy: 0, hasUnmanaged: false };
  }
  const total = sumOfScales(pods, scales);
  if (typeof total === 'string') return total;
  const { expected, hasUnmanaged } = total;
  const share = scaled(maxUnavailable ?? minAvailable ?? 0, expected);
  if (typeof share === 'string') return share;
  const desiredHealthy = maxUnavailable === undefined ? share : Math.max(0, expected - share);
  return { expected, desiredHealthy, hasUnmanaged };
}

/** What all controllers of the pods want, each counted once. */
function sumOfScales(
  pods: readonly Pod[],
  scales: ReadonlyMap<string, ControllerScale>,
): Pick<ExpectedPods, 'expected' | 'hasUnmanaged'> | string {
  const found = new Map<string, number>();
  let hasUnmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      hasUnmanaged = true;
      continue;
    }
    const scale = scales.get(owner.uid) ?? null;
    if (typeof scale === 'string') return scale;
    if (scale === null) {
      return `found no controllers for pod ${JSON.stringify(pod.metadata.name)}`;
    }
    found.set(scale.uid, scale.replicas);
  }
  return { expected: [...found.values()].reduce((sum, n) => sum + n, 0), hasUnmanaged };
}

/** Shares round up, in favour of the pods. */
function scaled(value: number | string, total: number): number | string {
  try {
    return scaledValue(value, total, true);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
