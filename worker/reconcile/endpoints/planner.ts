import { podsOf, servicesOfChangedPod } from '../endpoint-slice/planner.ts';
import { SERVICES } from '../endpoint-slice/service-facts.ts';
import { as } from '../kinds.ts';
import type { Service } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { ENDPOINTS, planEndpoints } from './plan.ts';
import type { Endpoints, ObservedService } from './plan.ts';

export const endpointsPlanner: Planner<ObservedService> = {
  name: 'endpoint-controller',
  keysFor,
  observe,
  plan: planEndpoints,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  const { resource, name, before, after } = change;
  switch (resource) {
    case SERVICES:
      return [name];
    case 'pods':
      return servicesOfChangedPod(reader, before, after);
    case ENDPOINTS:
      // Endpoints that somebody makes without a service are none of ours.
      return after === null && reader.get(SERVICES, name) !== null ? [name] : [];
    default:
      return [];
  }
}

function observe(reader: Reader, key: string): ObservedService {
  const object = reader.get(SERVICES, key);
  const service = object === null ? null : as<Service>(object);
  const endpoints: Endpoints | null = reader.get(ENDPOINTS, key);
  return {
    name: key,
    service,
    pods: service === null ? [] : podsOf(reader, service),
    endpoints,
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}
