import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  addAmounts,
  type Amounts,
  amountsOf,
  containerLimits,
  containerRequests,
  raiseAmounts,
} from '../resources/pod/aggregate-requests.ts';
import { type ContainerFields, isSidecar, type PodFields } from '../resources/pod/fields.ts';
import { isPodLevelResource } from '../resources/pod/validate-resources.ts';

/**
 * What a pod asks for as a whole (component-helpers resource.PodRequests and PodLimits): its
 * containers, or what it says of itself, and its overhead. While a resize is under way it has what
 * it had until the node says that it has given it up.
 */
export function podRequests(pod: KubernetesObject): Amounts {
  const spec = specOf(pod);
  const requests = containerRequests(asResized(pod));
  const own = podLevel(spec.resources?.requests);
  for (const [name, amount] of own) requests.set(name, amount);
  addAmounts(requests, amountsOf(spec.overhead));
  return requests;
}

/** As `podRequests`. Overhead counts where there is a limit that it adds to. */
export function podLimits(pod: KubernetesObject): Amounts {
  const spec = specOf(pod);
  const limits = containerLimits(asResized(pod));
  for (const [name, amount] of podLevel(spec.resources?.limits)) limits.set(name, amount);
  for (const [name, amount] of amountsOf(spec.overhead)) {
    const limit = limits.get(name);
    if (limit !== undefined && !limit.isZero()) limits.set(name, limit.add(amount));
  }
  return limits;
}

/** Whether the pod asks for resources as a whole (resource.IsPodLevelResourcesSet). */
export function hasPodLevelResources(spec: PodFields): boolean {
  const { requests, limits } = spec.resources ?? {};
  return Object.keys({ ...requests, ...limits }).some(isPodLevelResource);
}

const specOf = (pod: KubernetesObject): PodFields => pod.spec ?? {};

function podLevel(list: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map([...amountsOf(list)].filter(([name]) => isPodLevelResource(name)));
}

/** The spec with what containers have by now, where that is more than what they ask for. */
function asResized(pod: KubernetesObject): PodFields {
  const spec = specOf(pod);
  const status = (pod.status ?? {}) as PodStatus;
  const reported = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
  ].filter((container) => container.resources !== undefined || hasAllocated(container));
  if (reported.length === 0) return spec;
  const byName = new Map(reported.map((container) => [container.name, container]));
  const isInfeasible =
    status.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
  const resized = (container: ContainerFields): ContainerFields => {
    const has = byName.get(container.name);
    return has === undefined ? container : withReported(container, has, isInfeasible);
  };
  return {
    ...spec,
    containers: (spec.containers ?? []).map(resized),
    initContainers: (spec.initContainers ?? []).map((container) =>
      isSidecar(container) ? resized(container) : container,
    ),
  };
}

const hasAllocated = (container: ContainerStatus): boolean =>
  Object.keys(container.allocatedResources ?? {}).length > 0;

function withReported(
  container: ContainerFields,
  has: ContainerStatus,
  isInfeasible: boolean,
): ContainerFields {
  const asked = isInfeasible ? {} : container.resources;
  return {
    ...container,
    resources: {
      requests: greatest(asked?.requests, has.resources?.requests, has.allocatedResources),
      limits: greatest(asked?.limits, has.resources?.limits),
    },
  };
}

type List = Readonly<Record<string, string>> | undefined;

function greatest(first: List, ...others: readonly List[]): Record<string, string> {
  const amounts = amountsOf(first);
  for (const other of others) raiseAmounts(amounts, amountsOf(other));
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, amount.toString()]));
}
