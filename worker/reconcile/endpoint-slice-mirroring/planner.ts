import { ENDPOINTS } from '../endpoints/plan.ts';
import type { Endpoints } from '../endpoints/plan.ts';
import { managedServices, slicesOf } from '../endpoint-slice/planner.ts';
import { hasSelector, SERVICES } from '../endpoint-slice/service-facts.ts';
import { SLICES } from '../endpoint-slice/slice.ts';
import { as } from '../kinds.ts';
import type { Service } from '../kinds.ts';
import { isNamespaceTerminating } from '../namespace-content/is-namespace-terminating.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { MIRRORING_MANAGER } from './mirror.ts';
import { planMirror } from './plan.ts';
import type { ObservedMirror } from './plan.ts';

export const endpointSliceMirroringPlanner: Planner<ObservedMirror> = {
  name: 'endpointslicemirroring-controller',
  keysFor,
  observe,
  plan: planMirror,
};

function keysFor(change: Change): readonly string[] {
  const { resource, name, before, after } = change;
  switch (resource) {
    case ENDPOINTS:
      return [name];
    case SERVICES: {
      const isMeant = [before, after].some((one) => one !== null && !hasSelector(as<Service>(one)));
      return isMeant ? [name] : [];
    }
    case SLICES:
      return managedServices(change, MIRRORING_MANAGER);
    default:
      return [];
  }
}

function observe(reader: Reader, key: string): ObservedMirror {
  const service = reader.get(SERVICES, key);
  const endpoints: Endpoints | null = reader.get(ENDPOINTS, key);
  return {
    endpoints,
    service: service === null ? null : as<Service>(service),
    slices: slicesOf(reader, key, MIRRORING_MANAGER),
    namespaceTerminating: isNamespaceTerminating(reader),
  };
}
