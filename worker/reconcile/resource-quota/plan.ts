import type { ResourceQuotaStatus } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { equalAmounts } from '../../registry/quota/amounts.ts';
import { quotaSpec } from '../../registry/quota/scope-selectors.ts';
import { MAX_WRITES_PER_PLAN, type Plan, type QuotaUsage, type Write } from '../planner.ts';

export interface ObservedQuotas {
  readonly quotas: readonly {
    readonly quota: KubernetesObject;
    readonly usage: QuotaUsage;
  }[];
}

/** The status of a quota says what its spec limits, and what is used of that. */
export function planQuotas({ quotas }: ObservedQuotas, now: number): Plan {
  const due = quotas.map(({ quota, usage }) => planStatus(quota, usage)).filter((w) => w !== null);
  const writes = due.slice(0, MAX_WRITES_PER_PLAN);
  if (writes.length < due.length) return { writes, requeueAfterMs: 0 };
  const changes = quotas.map(({ usage }) => usage.changesAt).filter((time) => time !== undefined);
  if (changes.length === 0) return { writes };
  // A pod that should have been gone by then counts no more.
  return { writes, requeueAfterMs: Math.max(0, Math.min(...changes) - now) + 1 };
}

function planStatus(quota: KubernetesObject, usage: QuotaUsage): Write | null {
  const { hard = {} } = quotaSpec(quota);
  const status: ResourceQuotaStatus = quota.status ?? {};
  const before = (status.used ?? {}) as Record<string, string>;
  // What cannot be counted any more stays as it was counted last.
  const used = Object.fromEntries(
    Object.keys(hard)
      .map((name) => [name, usage.used[name] ?? before[name]])
      .filter(([, amount]) => amount !== undefined),
  ) as Record<string, string>;
  const isTrue =
    status.hard !== undefined &&
    status.used !== undefined &&
    equalAmounts(status.hard, hard) &&
    equalAmounts(before, used);
  if (isTrue) return null;
  return {
    verb: 'updateStatus',
    resource: 'resourcequotas',
    object: { ...quota, status: { hard, used } },
  };
}
