import type { LimitRangeItem } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { Quantity } from '../../../../../apimachinery/quantity.ts';
import {
  amountsOf,
  containerLimits,
  containerRequests,
  type Amounts,
} from '../../../resources/pod/aggregate-requests.ts';
import type { PodFields, ResourceFields } from '../../../resources/pod/fields.ts';
import { aboveMax, aboveRatio, type Asked, belowMin, requestAboveMax } from './constraints.ts';
import { limitsOf } from './defaults.ts';

type Limit = Partial<LimitRangeItem>;
type Constraint = (type: string, name: string, enforced: Quantity, asked: Asked) => string | null;

/** Everything in which a pod is outside of the range. */
export function podProblems(range: KubernetesObject, pod: KubernetesObject): string[] {
  const spec: PodFields = pod.spec ?? {};
  return limitsOf(range).flatMap((limit) => {
    if (limit.type === 'Container') {
      return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
        problems(limit, askedBy(resources)),
      );
    }
    if (limit.type !== 'Pod') return [];
    return problems(limit, {
      requests: withPodLevel(containerRequests(spec), spec.resources?.requests),
      limits: withPodLevel(containerLimits(spec), spec.resources?.limits),
    });
  });
}

/** The same for a claim, of which only what it requests counts. */
export function claimProblems(range: KubernetesObject, claim: KubernetesObject): string[] {
  const { resources } = (claim.spec ?? {}) as { resources?: ResourceFields };
  const asked: Asked = { requests: amountsOf(resources?.requests), limits: new Map() };
  return limitsOf(range)
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((limit) => [
      ...check(limit, limit.min, belowMin, asked),
      ...check(limit, limit.max, requestAboveMax, asked),
    ]);
}

const problems = (limit: Limit, asked: Asked): string[] => [
  ...check(limit, limit.min, belowMin, asked),
  ...check(limit, limit.max, aboveMax, asked),
  ...check(limit, limit.maxLimitRequestRatio, aboveRatio, asked),
];

function check(
  { type = '' }: Limit,
  bounds: Readonly<Record<string, string>> | undefined,
  constraint: Constraint,
  asked: Asked,
): string[] {
  return [...amountsOf(bounds)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, enforced]) => constraint(type, name, enforced, asked))
    .filter((problem) => problem !== null);
}

const askedBy = (resources: ResourceFields | undefined): Asked => ({
  requests: amountsOf(resources?.requests),
  limits: amountsOf(resources?.limits),
});

/** What the pod says of itself goes over what its containers say. Huge pages are not looked at. */
function withPodLevel(sum: Amounts, own: Readonly<Record<string, string>> | undefined): Amounts {
  for (const [name, amount] of amountsOf(own)) {
    if (name === 'cpu' || name === 'memory') sum.set(name, amount);
  }
  return sum;
}
