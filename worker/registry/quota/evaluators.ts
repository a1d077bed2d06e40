import type { GroupResource } from '../../../apimachinery/object-key.ts';
import { COUNT_PREFIX, newCountEvaluator, OLD_COUNTS } from './count-evaluator.ts';
import { DEVICE_CLAIM_EVALUATOR } from './device-claim-evaluator.ts';
import { POD_EVALUATOR } from './pod-evaluator.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';
import { SERVICE_EVALUATOR } from './service-evaluator.ts';
import { VOLUME_CLAIM_EVALUATOR } from './volume-claim-evaluator.ts';

const SPECIAL: readonly QuotaEvaluator[] = [
  POD_EVALUATOR,
  SERVICE_EVALUATOR,
  VOLUME_CLAIM_EVALUATOR,
  DEVICE_CLAIM_EVALUATOR,
];

const BY_RESOURCE: ReadonlyMap<GroupResource, QuotaEvaluator> = new Map(
  SPECIAL.map((evaluator) => [evaluator.resource, evaluator]),
);

/** What is not stored, and events, which never had a quota (pkg/quota/v1/install). */
const NEVER_COUNTED: ReadonlySet<GroupResource> = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
]);

/** How objects of a resource count; null for those that never do. */
export function evaluatorOf(resource: GroupResource): QuotaEvaluator | null {
  if (NEVER_COUNTED.has(resource)) return null;
  return BY_RESOURCE.get(resource) ?? newCountEvaluator(resource);
}

/** Whose objects count against a limit of this name; null where that is nobody's that is known. */
export function resourceCountedBy(limit: string): GroupResource | null {
  const special = SPECIAL.find((evaluator) => evaluator.counts(limit));
  if (special !== undefined) return special.resource;
  if (OLD_COUNTS.has(limit)) return limit;
  const resource = limit.startsWith(COUNT_PREFIX) ? limit.slice(COUNT_PREFIX.length) : '';
  return resource === '' || NEVER_COUNTED.has(resource) ? null : resource;
}
