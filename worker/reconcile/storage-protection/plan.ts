import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';

export interface ObservedStorage {
  readonly object: KubernetesObject;
  readonly resource: string;
  /** The finalizer that protects objects of this kind. */
  readonly finalizer: string;
  readonly isUsed: boolean;
}

/** What is used is not deleted: the finalizer is there until neither is so. */
export function planProtection({ object, resource, finalizer, isUsed }: ObservedStorage): Plan {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const isProtected = finalizers.includes(finalizer);
  const isDeleted = deletionTimestamp !== undefined;
  if (isDeleted ? !isProtected || isUsed : isProtected) return EMPTY_PLAN;
  const next = isDeleted
    ? finalizers.filter((name) => name !== finalizer)
    : [...finalizers, finalizer];
  const metadata = { ...object.metadata, finalizers: next };
  return { writes: [{ verb: 'update', resource, object: { ...object, metadata } }] };
}
