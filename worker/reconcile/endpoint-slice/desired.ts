import type { Pod, Service } from '../kinds.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { hostnameFor, isEndpoint, podAddresses, targetPort } from './pod-facts.ts';
import type { AddressType } from './service-facts.ts';
import { endpointKey, portsKey } from './slice.ts';
import type { Endpoint, EndpointPort } from './slice.ts';

/** Endpoints that share their ports, by {@link endpointKey}. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

/** What a service's pods come to, by their ports: named ones may differ from pod to pod. */
export function desiredGroups(
  service: Service,
  pods: readonly Pod[],
  type: AddressType,
): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    if (!isEndpoint(pod)) continue;
    const ports = endpointPorts(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    groups.set(key, group);
    const endpoint = podEndpoint(service, pod, type);
    if ((endpoint.addresses ?? []).length > 0) {
      group.endpoints.set(endpointKey(endpoint), endpoint);
    }
  }
  return groups;
}

function endpointPorts({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = targetPort(pod, servicePort);
    if (port === null) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** Zones are left out: nodes, whose labels name them, are not in a namespace's store. */
function podEndpoint(service: Service, pod: Pod, type: AddressType): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const hostname = hostnameFor(pod, service);
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: podAddresses(pod, type),
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: {
      kind: 'Pod',
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
    },
  };
}
