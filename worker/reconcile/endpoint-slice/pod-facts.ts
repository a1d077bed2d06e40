import type { ContainerPort, ServicePort } from 'kubernetes-types/core/v1.js';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import type { Pod, Service } from '../kinds.ts';
import { isPodTerminal } from '../pods/pod-phase.ts';
import { isPodReady } from '../pods/pod-readiness.ts';
import { addressTypeOf, normalIP } from './service-facts.ts';
import type { AddressType } from './service-facts.ts';

/** Whether a pod has what an endpoint takes: an address, and an end that is not there yet. */
export function isEndpoint(pod: Pod): boolean {
  const { podIP, podIPs } = pod.status ?? {};
  return !isPodTerminal(pod) && (Boolean(podIP) || (podIPs ?? []).length > 0);
}

/** The addresses of a pod that are of a family. */
export function podAddresses({ status }: Pod, type: AddressType): string[] {
  return (status?.podIPs ?? [])
    .map(({ ip = '' }) => ip)
    .filter((ip) => addressTypeOf(ip) === type)
    .map(normalIP);
}

/** The name that a pod goes by under the service that it says to be of. */
export function hostnameFor({ spec }: Pod, { metadata }: Service): string | undefined {
  return spec.hostname && spec.subdomain === metadata.name ? spec.hostname : undefined;
}

/** The port of a pod that a service's port leads to; null where the pod has none by that name. */
export function targetPort({ spec }: Pod, port: ServicePort): number | null {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const sidecars = (spec.initContainers ?? []).filter(
    (container) => (container as { restartPolicy?: string }).restartPolicy === 'Always',
  );
  const isIt = ({ name, protocol = 'TCP' }: ContainerPort): boolean =>
    name === target && protocol === (port.protocol ?? 'TCP');
  for (const { ports } of [...spec.containers, ...sidecars]) {
    const found = ports?.find(isIt);
    if (found !== undefined) return found.containerPort;
  }
  return null;
}

/** Whether nothing has changed about a pod that shows in endpoints. */
export function isSameEndpoint(before: Pod, after: Pod): boolean {
  return (
    deepEqual(before.metadata.labels, after.metadata.labels) &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.spec.hostname === after.spec.hostname &&
    before.spec.subdomain === after.spec.subdomain &&
    before.spec.nodeName === after.spec.nodeName &&
    isPodReady(before) === isPodReady(after) &&
    isPodTerminal(before) === isPodTerminal(after) &&
    before.status?.podIP === after.status?.podIP &&
    deepEqual(before.status?.podIPs, after.status?.podIPs)
  );
}
