import { setCondition } from '../../../../apimachinery/conditions.ts';
import {
  formatTime,
  type Condition,
  type KubernetesObject,
} from '../../../../apimachinery/meta.ts';
import { newBadRequest, newNotFound } from '../../../../apimachinery/status-error.ts';
import { API_SERVER_USER } from '../../../../apimachinery/user-info.ts';
import { BUDGETS, isCovered } from '../../../reconcile/disruption/budget-facts.ts';
import { judgeBudget } from '../../../reconcile/disruption/plan.ts';
import { observeBudget } from '../../../reconcile/disruption/planner.ts';
import { as, asList, type Pod, type PodDisruptionBudget } from '../../../reconcile/kinds.ts';
import { checkPreconditions, type DeleteOptions } from '../../../registry/rest/delete.ts';
import { deepEqual } from '../../../registry/rest/deep-equal.ts';
import { Admission } from '../admission.ts';
import { API_SERVER_MANAGER } from '../field-tracking.ts';
import type { EvictionAnswer, EvictionRequest } from '../protocol.ts';
import { answer, resourceInfo, type StoreContext } from '../store-context.ts';
import { deleteUnasked } from './delete.ts';
import { newTooManyBudgets, requireDisruptionAllowed } from './eviction-budget.ts';
import { updateObject } from './update.ts';

/**
 * POST of a Pod's `eviction` (pkg/registry/core/pod/storage EvictionREST). The budget is judged by
 * the pods as they are in the very transaction that deletes the pod, so that no two evictions are
 * let through where only one is allowed, and none because of a status that is behind.
 */
export function evictPodVerb(context: StoreContext, request: EvictionRequest): EvictionAnswer {
  return answer(() =>
    context.commits.transact(() => evict(context, request), { dryRun: request.dryRun }),
  );
}

function evict(
  context: StoreContext,
  request: EvictionRequest,
): { ok: true; warnings: readonly string[] } {
  const { name } = request;
  const eviction = JSON.parse(request.object) as KubernetesObject;
  requireNamespace(eviction, context.namespace);
  const admission = new Admission(context, request, {
    operation: 'CREATE',
    subresource: 'eviction',
    name,
    object: eviction,
    oldObject: null,
  });
  admission.admit();
  if (eviction.metadata.name !== name) {
    throw newBadRequest('name in URL does not match name in Eviction object');
  }
  admission.validate(eviction);
  const pod = context.commits.read({ resource: 'pods', name });
  if (pod === null) throw newNotFound({ group: '', resource: 'pods' }, name);
  const budget = guardOf(context, as<Pod>(pod));
  if (budget !== null) requireDisruptionAllowed(judged(context, budget), as<Pod>(pod));
  remove(context, request, pod, eviction['deleteOptions'] ?? {});
  // What is left of the budget is there to be read when the answer is.
  if (budget !== null) writeStatus(context, budget);
  return { ok: true, warnings: admission.warnings };
}

function requireNamespace({ metadata }: KubernetesObject, namespace: string): void {
  if ((metadata.namespace ?? '') !== '' && metadata.namespace !== namespace) {
    throw newBadRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  metadata.namespace = namespace;
}

/** The budget that a pod falls under; null where evicting it disrupts nothing. */
function guardOf({ reader }: StoreContext, pod: Pod): PodDisruptionBudget | null {
  const phase = pod.status?.phase ?? '';
  if (pod.metadata.deletionTimestamp !== undefined || UNGUARDED.has(phase)) return null;
  const budgets = asList<PodDisruptionBudget>(reader.list(BUDGETS)).filter((budget) =>
    isCovered(budget, pod),
  );
  if (budgets.length > 1) throw newTooManyBudgets();
  return budgets[0] ?? null;
}

/** Pods that do not serve yet, or not any more. */
const UNGUARDED: ReadonlySet<string> = new Set(['Pending', 'Succeeded', 'Failed']);

/** The budget with the status that it has by now. */
function judged(context: StoreContext, budget: PodDisruptionBudget): PodDisruptionBudget {
  const observed = observeBudget(context.reader, budget.metadata.name);
  if (observed === null) return budget;
  return { ...observed.budget, status: judgeBudget(observed, context.now()).status };
}

function writeStatus(context: StoreContext, budget: PodDisruptionBudget): void {
  const next = judged(context, budget);
  if (deepEqual(next.status, budget.status)) return;
  const write = {
    resource: BUDGETS,
    name: budget.metadata.name,
    subresource: 'status',
    user: API_SERVER_USER,
    fieldManager: API_SERVER_MANAGER,
  };
  updateObject(context, write, JSON.parse(JSON.stringify(next)) as KubernetesObject);
}

/** Says on the pod why it goes, and deletes it. Who may evict need not be allowed to delete. */
function remove(
  context: StoreContext,
  request: EvictionRequest,
  pod: KubernetesObject,
  { preconditions = {}, ...options }: DeleteOptions,
): void {
  const info = resourceInfo(context, 'pods');
  checkPreconditions(info, pod, { preconditions });
  if (!request.dryRun) {
    context.commits.put('pods', withDisruptionTarget(pod, formatTime(context.now())), pod);
  }
  const { resource, name, user } = request;
  deleteUnasked(context, { resource, name, user, options });
}

function withDisruptionTarget(pod: KubernetesObject, now: string): KubernetesObject {
  const status = (pod.status ?? {}) as { conditions?: Condition[] };
  const { generation } = pod.metadata;
  const conditions = setCondition(status.conditions ?? [], {
    type: 'DisruptionTarget',
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  });
  return {
    ...pod,
    metadata: { ...pod.metadata },
    status: { ...status, conditions: [...conditions] },
  };
}
