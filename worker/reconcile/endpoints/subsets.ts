import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  ServicePort,
} from 'kubernetes-types/core/v1.js';
import type { Pod, Service } from '../kinds.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { hostnameFor, isEndpoint, podAddresses, targetPort } from '../endpoint-slice/pod-facts.ts';
import { addressTypes, isHeadless } from '../endpoint-slice/service-facts.ts';

type Port = EndpointPort & { appProtocol?: string };

/** An address, and whether it is ready, at one port; null for services that name no ports. */
interface Place {
  readonly address: EndpointAddress;
  readonly ready: boolean;
  readonly port: Port | null;
}

/**
 * The pods of a service as subsets: all addresses that have the same ports, ready ones and others,
 * are one subset (pkg/api/v1/endpoints RepackSubsets). Upstream orders by hashes; here it is by text.
 */
export function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const byPort = Map.groupBy(places(service, pods), ({ port }) => JSON.stringify(port));
  const byAddresses = Map.groupBy(byPort.values(), (atPort) =>
    atPort
      .map(({ address, ready }) => `${keyOf(address)} ${ready}`)
      .toSorted()
      .join(),
  );
  return [...byAddresses.values()]
    .map((group) => {
      const [first = []] = group;
      const ports = group.flatMap(([place]) => place?.port ?? []);
      return newSubset(first, ports);
    })
    .toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
}

function newSubset(places: readonly Place[], ports: readonly Port[]): EndpointSubset {
  const of = (wanted: boolean): EndpointAddress[] =>
    places
      .filter(({ ready }) => ready === wanted)
      .map(({ address }) => address)
      .toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const [addresses, notReadyAddresses] = [of(true), of(false)];
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0
      ? {}
      : { ports: ports.toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b))) }),
  };
}

function places(service: Service, pods: readonly Pod[]): Place[] {
  const publishesAll = service.spec?.publishNotReadyAddresses === true;
  const servicePorts = service.spec?.ports ?? [];
  return pods.flatMap((pod): Place[] => {
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    if (!isEndpoint(pod) || (isGoing && !publishesAll)) return [];
    const address = addressOf(service, pod);
    if (address === null) return [];
    const ready = publishesAll || isPodReady(pod);
    if (servicePorts.length === 0)
      return isHeadless(service) ? [{ address, ready, port: null }] : [];
    return servicePorts.flatMap((servicePort) => {
      const port = targetPort(pod, servicePort);
      return port === null ? [] : [{ address, ready, port: newPort(servicePort, port) }];
    });
  });
}

function newPort({ name, protocol = 'TCP', appProtocol }: ServicePort, port: number): Port {
  return {
    ...(name ? { name } : {}),
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

/** Of the service's first family. */
function addressOf(service: Service, pod: Pod): EndpointAddress | null {
  const [type = 'IPv4'] = addressTypes(service);
  const [ip] = podAddresses(pod, type);
  if (ip === undefined) return null;
  const hostname = hostnameFor(pod, service);
  const { name, namespace, uid } = pod.metadata;
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  };
}

const keyOf = ({ ip, targetRef }: EndpointAddress): string => `${ip} ${targetRef?.uid ?? ''}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
