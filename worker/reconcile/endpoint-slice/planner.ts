import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { as, asList } from '../kinds.ts';
import type { Pod, Service } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planSlices } from './plan.ts';
import type { ObservedEndpoints } from './plan.ts';
import { isSameEndpoint } from './pod-facts.ts';
import { selects, SERVICES, servicesOfPods } from './service-facts.ts';
import { MANAGED_BY, MANAGER, SERVICE_NAME, SLICES } from './slice.ts';
import type { EndpointSlice } from './slice.ts';

export const endpointSlicePlanner: Planner<ObservedEndpoints> = {
  name: 'endpointslice-controller',
  keysFor,
  observe,
  plan: planSlices,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  const { resource, name, before, after } = change;
  if (resource === SERVICES) return after === null ? [] : [name];
  if (resource === SLICES) return managedServices(change, MANAGER);
  return resource === 'pods' ? servicesOfChangedPod(reader, before, after) : [];
}

/** The services of slices that a controller manages, or did before the change. */
export function managedServices({ before, after }: Change, manager: string): readonly string[] {
  const names = [before, after].flatMap((slice) => {
    const { labels = {} } = slice?.metadata ?? {};
    return labels[MANAGED_BY] === manager ? [labels[SERVICE_NAME] ?? ''] : [];
  });
  return [...new Set(names)].filter((name) => name !== '');
}

/** The services whose endpoints a change of a pod may change. */
export function servicesOfChangedPod(
  reader: Reader,
  before: KubernetesObject | null,
  after: KubernetesObject | null,
): readonly string[] {
  const pods = [before, after].map((pod) => (pod === null ? null : as<Pod>(pod)));
  const [old, next] = pods;
  if (old && next && isSameEndpoint(old, next)) return [];
  return servicesOfPods(reader, pods);
}

function observe(reader: Reader, key: string): ObservedEndpoints | null {
  const object = reader.get(SERVICES, key);
  if (object === null) return null;
  const service = as<Service>(object);
  return {
    service,
    pods: podsOf(reader, service),
    slices: slicesOf(reader, key, MANAGER),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}

export function podsOf(reader: Reader, service: Service): readonly Pod[] {
  return asList<Pod>(reader.list('pods')).filter((pod) => selects(service, pod.metadata.labels));
}

/** The slices of a service that a controller manages and that are there to stay. */
export function slicesOf(
  reader: Reader,
  service: string,
  manager: string,
): readonly EndpointSlice[] {
  return reader
    .list(SLICES)
    .map((slice): EndpointSlice => slice)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[SERVICE_NAME] === service &&
        metadata.labels[MANAGED_BY] === manager &&
        metadata.deletionTimestamp === undefined,
    );
}
