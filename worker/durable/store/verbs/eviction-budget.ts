import { findCondition } from '../../../../apimachinery/conditions.ts';
import {
  newForbidden,
  newStatusError,
  StatusError,
} from '../../../../apimachinery/status-error.ts';
import { DISRUPTION_ALLOWED, SYNC_FAILED } from '../../../reconcile/disruption/condition.ts';
import type {
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
} from '../../../reconcile/kinds.ts';
import { isPodReady } from '../../../reconcile/pods/pod-readiness.ts';

/** Evictions that are let through and not seen to: beyond this no more are. */
const MAX_DISRUPTED_PODS = 2_000;
/** After how long a client is told to ask again about a budget that was not worked out. Seconds. */
const RETRY_AFTER_SECONDS = 10;

/**
 * Whether a running pod may be evicted by its budget, whose status is that of the present.
 * @throws StatusError TooManyRequests, or Forbidden.
 */
export function requireDisruptionAllowed(budget: PodDisruptionBudget, pod: Pod): void {
  const { metadata, status = {} } = budget;
  if (!isPodReady(pod) && isUnhealthyLetGo(budget)) return;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (observedGeneration < (metadata.generation ?? 0)) {
    const message = `The disruption budget ${metadata.name} is still being processed by the server.`;
    throw newDisruptive(message, RETRY_AFTER_SECONDS);
  }
  if (disruptionsAllowed < 0) throw forbidden(budget, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS) {
    throw forbidden(
      budget,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  }
  if (disruptionsAllowed === 0) throw newDisruptive(whyNot(metadata.name, status));
}

/** A pod that is not healthy counts for nothing, so it may go while enough others are healthy. */
function isUnhealthyLetGo({ spec, status = {} }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function whyNot(name: string, status: PodDisruptionBudgetStatus): string {
  const { currentHealthy = 0, desiredHealthy = 0, conditions } = status;
  const condition = findCondition(conditions, DISRUPTION_ALLOWED);
  const { reason, message = '' } = condition ?? {};
  const notNow = `The disruption budget ${name} does not allow evicting pods currently`;
  const hasText = condition?.status === 'False' && message !== '';
  // The counts of a budget that could not be worked out are not to be relied on.
  if (hasText && reason === SYNC_FAILED) return `${notNow} because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  return hasText ? `${notNow} (${reason}): ${message}` : notNow;
}

function newDisruptive(message: string, retryAfterSeconds = 0): StatusError {
  return newStatusError(
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    },
  );
}

const forbidden = ({ metadata }: PodDisruptionBudget, why: string): StatusError =>
  newForbidden({ group: 'policy', resource: 'poddisruptionbudget' }, metadata.name, why);

/** Upstream gives this failure a code, and no reason. */
export const newTooManyBudgets = (): StatusError =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
