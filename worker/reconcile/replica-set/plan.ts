import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { planClaims } from '../claim.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Pod } from '../kinds.ts';
import { MAX_WRITES_PER_PLAN } from '../planner.ts';
import type { Plan, Write } from '../planner.ts';
import { podFactory } from '../pods/pod-from-template.ts';
import { isPodActive, isPodTerminating } from '../pods/pod-phase.ts';
import { labelPredicate } from '../selector.ts';
import { rankForDeletion } from './deletion-rank.ts';
import type { Flavor, ReplicaOwner } from './flavor.ts';
import { computeStatus } from './status.ts';

export interface ObservedReplicas {
  readonly flavor: Flavor;
  readonly owner: ReplicaOwner;
  /** Pods that the owner controls. */
  readonly controlled: readonly Pod[];
  /** Pods without a controller that its selector matches. */
  readonly orphans: readonly Pod[];
  /** Pods of all owners of the same family; read only when replicas have to go. */
  readonly related: readonly Pod[];
  readonly namespaceTerminating: boolean;
  readonly lastFailure: { readonly reason: string; readonly message: string } | null;
}

/**
 * Keeps as many active pods as the owner wants. Steps: claim (adopt and release), status, then
 * create or delete. The status goes first because it is true whatever becomes of the rest, and
 * because a failure that it reports must not be held up by the next one.
 */
export function planReplicas(observed: ObservedReplicas, now: number): Plan {
  const { flavor, owner } = observed;
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  const identity = { apiVersion: flavor.apiVersion, kind: flavor.kind, ...identityOf(owner) };
  const matches = labelPredicate(flavor.selectorOf(owner));
  // A pod that is leaving is neither adopted nor let go.
  const claims = planClaims(
    { ...identity, deleting },
    'pods',
    observed.controlled.filter(isPodActive),
    observed.orphans.filter(isPodActive),
    matches,
  );
  const active = claims.claimed;
  const leaving = observed.controlled.filter(
    (pod) => isPodTerminating(pod) && matches(pod.metadata.labels),
  ).length;
  const surplus = active.length - (owner.spec.replicas ?? 1);
  const { status, nextAvailableMs } = computeStatus(
    owner,
    active,
    flavor.countsTerminating ? leaving : null,
    observed.lastFailure && {
      reason: surplus > 0 ? 'FailedDelete' : 'FailedCreate',
      message: observed.lastFailure.message,
    },
    now,
  );

  const writes: Write[] = claims.writes.slice(0, MAX_WRITES_PER_PLAN);
  if (!deepEqual(status, owner.status)) {
    writes.push({
      verb: 'updateStatus',
      resource: flavor.resource,
      object: { ...owner, status },
    });
  }
  if (claims.writes.length > MAX_WRITES_PER_PLAN) return { writes, requeueAfterMs: 0 };
  const missing = deleting || observed.namespaceTerminating ? 0 : Math.max(0, -surplus);
  const excess = deleting ? 0 : Math.max(0, surplus);
  writes.push(...planCreates(observed, identity, missing));
  writes.push(...planDeletes(observed, active, excess, now));
  if (missing + excess > MAX_WRITES_PER_PLAN) return { writes, requeueAfterMs: 0 };
  return nextAvailableMs === null ? { writes } : { writes, requeueAfterMs: nextAvailableMs };
}

function identityOf(owner: ReplicaOwner): { name: string; uid: string } {
  return { name: owner.metadata.name, uid: owner.metadata.uid };
}

function planCreates(
  { owner }: ObservedReplicas,
  identity: Parameters<typeof newControllerRef>[0],
  missing: number,
): Write[] {
  if (missing === 0) return [];
  const newPod = podFactory(owner.spec.template, `${identity.name}-`, newControllerRef(identity));
  return Array.from({ length: Math.min(missing, MAX_WRITES_PER_PLAN) }, () => ({
    verb: 'create',
    resource: 'pods',
    object: newPod(),
    announce: {
      regarding: owner,
      onSuccess: { type: 'Normal', reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedCreate', message: 'Error creating: {error}' },
    },
  }));
}

function planDeletes(
  { owner, related }: ObservedReplicas,
  active: readonly Pod[],
  excess: number,
  now: number,
): Write[] {
  if (excess === 0) return [];
  const ranked = excess < active.length ? rankForDeletion(active, related, now) : active;
  return ranked.slice(0, Math.min(excess, MAX_WRITES_PER_PLAN)).map((pod) => ({
    verb: 'delete',
    resource: 'pods',
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    announce: {
      regarding: owner,
      onSuccess: { type: 'Normal', reason: 'SuccessfulDelete', message: 'Deleted pod: {name}' },
      onFailure: { type: 'Warning', reason: 'FailedDelete', message: 'Error deleting: {error}' },
    },
  }));
}
