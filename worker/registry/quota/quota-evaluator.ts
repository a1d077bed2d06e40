import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Operation } from '../admission/plugin.ts';
import type { Amounts } from './amounts.ts';
import type { ScopeSelector } from './scope-selectors.ts';

/** A write, as far as it decides whether quota is asked. */
export interface QuotaRequest {
  readonly operation: Operation;
  readonly subresource: string;
  readonly object: KubernetesObject;
  readonly oldObject: KubernetesObject | null;
}

/** How objects of one resource count against quotas (k8s.io/apiserver quota.Evaluator). Pure. */
export interface QuotaEvaluator {
  readonly resource: GroupResource;
  /** Whether such a write can use more than was used before. */
  handles(request: QuotaRequest): boolean;
  /** Whether the name of a limit in a quota is one that these objects count against. */
  counts(limit: string): boolean;
  /** Whether scopes tell objects of this resource apart: where not, none is in any scope. */
  readonly hasScopes: boolean;
  inScope(selector: ScopeSelector, object: KubernetesObject): boolean;
  /** What the object uses. `now` in milliseconds since the epoch. */
  usage(object: KubernetesObject, now: number): Amounts;
  /** When what the object uses changes by itself. Milliseconds since the epoch. */
  changesAt?(object: KubernetesObject): number | null;
  /**
   * What the object has to say to be counted against these limits, in upstream's words; null where
   * it says enough.
   */
  missing?(limits: readonly string[], object: KubernetesObject): string | null;
}

export const inAllScopes = (
  evaluator: QuotaEvaluator,
  selectors: readonly ScopeSelector[],
  object: KubernetesObject,
): boolean => selectors.every((selector) => evaluator.inScope(selector, object));
