import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Pod, PodDisruptionBudget } from '../kinds.ts';
import { labelPredicate } from '../selector.ts';

export const BUDGETS: GroupResource = 'poddisruptionbudgets.policy';

/** How long an eviction that was let through may take until it is taken for failed. Milliseconds. */
export const DELETION_TIMEOUT_MS = 2 * 60_000;

/** Whether a budget is about a pod. An empty selector is about all of them, an absent one about none. */
export function isCovered(
  budget: PodDisruptionBudget,
  { metadata }: Pick<Pod, 'metadata'>,
): boolean {
  return labelPredicate(budget.spec?.selector)(metadata.labels);
}

/** Whether a budget counts its pods by how many their controllers want. */
export function countsByScale({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}
