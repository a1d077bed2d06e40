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

/** A service without an address of its own: its name stands for its pods. */
export const isHeadless = ({ clusterIP, clusterIPs }: ServiceFields): boolean =>
  (clusterIPs?.[0] ?? clusterIP) === NO_ADDRESS;

export const isLoadBalancer = ({ type }: ServiceFields): boolean => type === 'LoadBalancer';

export const needsClusterIP = ({ type }: ServiceFields): boolean =>
  type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';

/** Nodes listen for it, unless its load balancer reaches the pods without them. */
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceFields): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

export const needsHealthCheckPort = (spec: ServiceFields): boolean =>
  isLoadBalancer(spec) && spec.externalTrafficPolicy === 'Local';

/** Whether traffic from outside the cluster may reach it. */
export const isExternallyAccessible = ({ type, externalIPs }: ServiceFields): boolean =>
  type === 'LoadBalancer' ||
  type === 'NodePort' ||
  (type === 'ClusterIP' && (externalIPs ?? []).length > 0);
