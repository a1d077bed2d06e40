import type { ServiceSpec, ServiceStatus } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** Services, with the field that the package of types does not know yet. */
export type ServiceFields = Partial<ServiceSpec> & { trafficDistribution?: string };

export interface Ingress {
  ip?: string;
  ipMode?: string;
  hostname?: string;
}

export const specOf = (object: KubernetesObject): ServiceFields => object.spec ?? {};
export const statusOf = (object: KubernetesObject): ServiceStatus => object.status ?? {};
export const ingressOf = (object: KubernetesObject): Ingress[] =>
  (statusOf(object).loadBalancer as { ingress?: Ingress[] | null } | undefined)?.ingress ?? [];

export const NO_ADDRESS = 'None';

/** The addresses of a service, of one that was stored with `clusterIP` only as well. */
export const clusterIPsOf = ({ clusterIP, clusterIPs }: ServiceFields): readonly string[] =>
  clusterIPs ?? (clusterIP ? [clusterIP] : []);

/** A service without an address of its own: its name stands for its pods. */
export function isHeadless(spec: ServiceFields): boolean {
  const addresses = clusterIPsOf(spec);
  return addresses.length === 1 && addresses[0] === NO_ADDRESS;
}

export const isLoadBalancer = ({ type }: ServiceFields): boolean => type === 'LoadBalancer';

export const needsClusterIP = ({ type }: ServiceFields): boolean => type !== 'ExternalName';

/** Nodes may listen for it. */
export const needsNodePort = ({ type }: ServiceFields): boolean =>
  type === 'NodePort' || type === 'LoadBalancer';

export const needsHealthCheckPort = (spec: ServiceFields): boolean =>
  isLoadBalancer(spec) && spec.externalTrafficPolicy === 'Local';

/** Whether traffic from outside the cluster may reach it. */
export const isExternallyAccessible = ({ type, externalIPs }: ServiceFields): boolean =>
  type === 'LoadBalancer' ||
  type === 'NodePort' ||
  (type === 'ClusterIP' && (externalIPs ?? []).length > 0);
