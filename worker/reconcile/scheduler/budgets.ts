import type { LabelSelectorSource } from '../../../apimachinery/label-selector.ts';
import type { PodDisruptionBudget } from '../kinds.ts';
import { labelPredicate } from '../selector.ts';
import type { Reservation } from './ledger.ts';

/** What preemption has to know of a PodDisruptionBudget. Plain JSON. */
export interface Budget {
  readonly labels?: LabelSelectorSource;
  readonly allowed: number;
  /** Names of pods whose eviction was let through: they are counted already. */
  readonly disrupted: readonly string[];
}

export function budgetOf({ spec, status }: PodDisruptionBudget): Budget {
  return {
    ...(spec?.selector === undefined ? {} : { labels: spec.selector }),
    allowed: status?.disruptionsAllowed ?? 0,
    disrupted: Object.keys(status?.disruptedPods ?? {}),
  };
}

/**
 * Which of some pods could not all go without going beyond a budget, taken in the order given. A
 * budget without a selector, and for preemption one with an empty one, is about no pod. (Upstream:
 * filterPodsWithPDBViolation.)
 */
export function violating(
  pods: readonly Reservation[],
  budgetsOf: (namespace: string) => readonly Budget[],
): ReadonlySet<Reservation> {
  const left = new Map<Budget, number>();
  const found = new Set<Reservation>();
  for (const pod of pods) {
    const { traits, standing } = pod.footprint;
    for (const budget of budgetsOf(traits.namespace)) {
      if (budget.disrupted.includes(standing.name) || !isAbout(budget, traits.labels)) continue;
      const allowed = (left.get(budget) ?? budget.allowed) - 1;
      left.set(budget, allowed);
      if (allowed < 0) found.add(pod);
    }
  }
  return found;
}

function isAbout({ labels }: Budget, podLabels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = labels ?? {};
  const isEmpty = Object.keys(matchLabels).length + matchExpressions.length === 0;
  return !isEmpty && Object.keys(podLabels).length > 0 && labelPredicate(labels)(podLabels);
}
