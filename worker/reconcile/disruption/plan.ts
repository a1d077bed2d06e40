import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../kinds.ts';
import type { EventRecord, Plan } from '../planner.ts';
import { BUDGETS } from './budget-facts.ts';
import { allowedConditions, failedConditions } from './condition.ts';
import type { ControllerScale } from './controller-scale.ts';
import { countHealthy, disruptedPods } from './disrupted-pods.ts';
import { expectedPods } from './expected-pods.ts';
import { unmanagedText } from './unmanaged-text.ts';

export interface ObservedBudget {
  readonly budget: PodDisruptionBudget;
  /** That its selector matches, ended ones included. */
  readonly pods: readonly Pod[];
  /** Of the pods' controllers, by their uids; empty where nobody has to know. */
  readonly scales: ReadonlyMap<string, ControllerScale>;
}

export interface BudgetVerdict {
  readonly status: PodDisruptionBudgetStatus;
  readonly events: readonly EventRecord[];
  readonly recheckAt: number | null;
}

/** Writes what the budget comes to. Events are told with a status that changes. */
export function planBudget(observed: ObservedBudget, now: number): Plan {
  const { budget } = observed;
  const { status, events, recheckAt } = judgeBudget(observed, now);
  const timer = recheckAt === null ? {} : { requeueAfterMs: Math.max(0, recheckAt - now) + 1 };
  if (deepEqual(status, budget.status)) return { writes: [], ...timer };
  return {
    writes: [{ verb: 'updateStatus', resource: BUDGETS, object: { ...budget, status } }],
    ...(events.length === 0 ? {} : { events }),
    ...timer,
  };
}

/** The status of a budget, as its pods and their controllers are. */
export function judgeBudget(observed: ObservedBudget, now: number): BudgetVerdict {
  const { budget, pods } = observed;
  const events: EventRecord[] = [];
  const tell = (type: EventRecord['type'], reason: string, message: string, regarding = budget) =>
    events.push({ regarding, type, reason, message });
  if (pods.length === 0) tell('Normal', 'NoPods', 'No matching pods found');
  const counted = expectedPods(budget, pods, observed.scales);
  if (typeof counted === 'string') {
    const message = `Failed to calculate the number of expected pods: ${counted}`;
    tell('Warning', 'CalculateExpectedPodCountFailed', message);
    return { status: failedStatus(budget, counted, now), events, recheckAt: null };
  }
  if (counted.hasUnmanaged) tell('Warning', 'UnmanagedPods', unmanagedText(budget));
  const { pending, overdue, recheckAt } = disruptedPods(budget, pods, now);
  for (const regarding of overdue) {
    // Upstream names the namespace twice.
    const namespace = budget.metadata.namespace ?? '';
    const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
    events.push({ regarding, type: 'Warning', reason: 'NotDeleted', message });
  }
  const currentHealthy = countHealthy(pods, pending);
  const { expected, desiredHealthy } = counted;
  const { generation } = budget.metadata;
  const counts: PodDisruptionBudgetStatus = {
    ...(generation ? { observedGeneration: generation } : {}),
    ...(Object.keys(pending).length === 0 ? {} : { disruptedPods: pending }),
    // Without pods nothing is allowed, for the first of them may come before they are counted.
    disruptionsAllowed: expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy),
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
    ...(budget.status?.conditions === undefined ? {} : { conditions: budget.status.conditions }),
  };
  const status = { ...counts, conditions: allowedConditions(counts, now) };
  return { status, events, recheckAt };
}

/** A budget that cannot be worked out allows nothing; all else stays as it was. */
function failedStatus(
  { status = {} }: PodDisruptionBudget,
  message: string,
  now: number,
): PodDisruptionBudgetStatus {
  return { ...status, disruptionsAllowed: 0, conditions: failedConditions(status, message, now) };
}
