import type { KubernetesObject, ObjectMeta } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import { newControllerRef } from '../../../apimachinery/owner-references.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Service } from '../kinds.ts';
import { HEADLESS, isHeadless } from './service-facts.ts';

export const SLICES = 'endpointslices.discovery.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
/** As slices name this controller. */
export const MANAGER = 'endpointslice-controller.k8s.io';
export const MAX_ENDPOINTS_PER_SLICE = 100;

/** Labels that say what a slice is, and are not the service's. */
const RESERVED = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS]);

export interface EndpointPort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}

export interface Endpoint {
  addresses?: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
}

/** A discovery.k8s.io/v1 EndpointSlice, stored or about to be. */
export interface EndpointSlice extends KubernetesObject {
  addressType?: string;
  endpoints?: Endpoint[] | null;
  ports?: EndpointPort[] | null;
}

export const endpointsOf = ({ endpoints }: EndpointSlice): readonly Endpoint[] => endpoints ?? [];
export const nameOf = ({ metadata }: KubernetesObject): string => metadata.name ?? '';

/** Equal for slices, or pods, that have the same ports. */
export function portsKey(ports: readonly EndpointPort[] | null | undefined): string {
  const texts = (ports ?? []).map(({ name = '', port, protocol, appProtocol }) =>
    JSON.stringify([name, port, protocol, appProtocol]),
  );
  return texts.toSorted().join();
}

/** Equal for an endpoint of today and the same one of yesterday, whatever its state. */
export function endpointKey({ addresses, hostname, targetRef }: Endpoint): string {
  return JSON.stringify([addresses, hostname, targetRef?.namespace, targetRef?.name]);
}

/** Whether the state of an endpoint is what it was. */
export function isSameState(a: Endpoint, b: Endpoint): boolean {
  return (
    a.nodeName === b.nodeName &&
    deepEqual(a.conditions, b.conditions) &&
    deepEqual(a.targetRef, b.targetRef)
  );
}

/** The service's labels, and those that say what the slice is. */
export function sliceLabels(service: Service): Record<string, string> {
  return {
    ...ownLabels(service.metadata.labels),
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
  };
}

/** Whether a slice has the labels of its service. Reserved ones are not looked at, as upstream. */
export const hasLabelsOf = (slice: EndpointSlice, service: Service): boolean =>
  deepEqual(ownLabels(slice.metadata.labels), ownLabels(service.metadata.labels));

function ownLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED.has(key)));
}

export function isOwnedBy({ metadata }: EndpointSlice, { uid }: ObjectMeta): boolean {
  return (metadata.ownerReferences ?? []).some(
    (owner) => owner.uid === uid && owner.kind === 'Service' && owner.apiVersion === 'v1',
  );
}

export function newSlice(
  service: Service,
  addressType: string,
  ports: readonly EndpointPort[],
): EndpointSlice {
  const { name, uid } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(name),
      labels: sliceLabels(service),
      ownerReferences: [newControllerRef({ apiVersion: 'v1', kind: 'Service', name, uid })],
    },
    addressType,
    endpoints: [],
    ports: [...ports],
  };
}

/** The dash is for the eye, where there is room for it. */
export function slicePrefix(name: string): string {
  const prefix = `${name}-`;
  return nameIsDNSSubdomain(prefix, true).length === 0 ? prefix : name;
}
