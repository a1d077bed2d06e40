import type { Namespace } from '../kinds.ts';
import type { ContentReport } from '../namespace-content/content-report.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';
import { terminationConditions } from './conditions.ts';

/** The finalizer in `spec.finalizers` that stands for this planner's work. */
const KUBERNETES_FINALIZER = 'kubernetes';

export interface ObservedNamespace {
  readonly namespace: Namespace;
  /** What the namespace's own store reports, or null while it has not said anything. */
  readonly report: ContentReport | null;
}

/**
 * Sees a namespace out: phase Terminating, conditions that say what holds it up, and when its store
 * reports that nothing is left, the end of its finalizer, upon which the registry deletes it.
 */
export function planNamespace({ namespace, report }: ObservedNamespace, now: number): Plan {
  const { metadata, spec, status = {} } = namespace;
  const finalizers = spec?.finalizers ?? [];
  if (metadata.deletionTimestamp === undefined || finalizers.length === 0) return EMPTY_PLAN;
  const current = report?.namespaceUID === metadata.uid ? report : null;
  if (current !== null && isEmpty(current) && finalizers.includes(KUBERNETES_FINALIZER)) {
    const kept = finalizers.filter((finalizer) => finalizer !== KUBERNETES_FINALIZER);
    const object = { ...namespace, spec: { ...spec, finalizers: kept } };
    return { writes: [{ verb: 'update', resource: 'namespaces', object }] };
  }
  const old = status.conditions ?? [];
  const conditions = current === null ? old : terminationConditions(old, current, now);
  if (status.phase === 'Terminating' && conditions === old) return EMPTY_PLAN;
  const next = { ...status, phase: 'Terminating', conditions: [...conditions] };
  return {
    writes: [
      { verb: 'updateStatus', resource: 'namespaces', object: { ...namespace, status: next } },
    ],
  };
}

function isEmpty(report: ContentReport): boolean {
  return Object.keys(report.remaining).length === 0;
}
