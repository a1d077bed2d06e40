import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNS1035Label } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import {
  ingressOf,
  isExternallyAccessible,
  isHeadless,
  isLoadBalancer,
  type ServiceFields,
  specOf,
} from './fields.ts';
import { alignClusterIPs, dropOfOldType, initClusterIPs, keepAllocated } from './linked-fields.ts';
import { validateClusterIPsKept } from './validate-addresses.ts';
import {
  TOPOLOGY_HINTS,
  TOPOLOGY_MODE,
  validateLoadBalancerClass,
  validateService,
  validateServiceStatus,
} from './validate-service.ts';

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

export const serviceStrategy: Strategy = {
  setDefaults: setServiceDefaults,
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
    initClusterIPs(specOf(object));
  },
  validate: validateService,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const [spec, before] = [specOf(object), specOf(old)];
    keepAllocated(spec, before);
    alignClusterIPs(spec, before);
    dropOfOldType(spec, before);
  },
  validateUpdate: (object, old) => [
    ...validateClusterIPsKept(specOf(object), specOf(old)),
    ...validateLoadBalancerClass(specOf(object), specOf(old)),
    ...validateService(object),
  ],
  warnings: (object) => [
    ...(object.metadata.annotations?.[TOPOLOGY_HINTS] === undefined
      ? []
      : [`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`]),
    ...ignoredFields(specOf(object)),
  ],
  validateName: nameIsDNS1035Label,
  selectableFields(object) {
    const { clusterIP, type } = specOf(object);
    return { 'spec.clusterIP': clusterIP ?? '', 'spec.type': type ?? '' };
  },
  subresources: { status: newStatusSubresource(validateServiceStatus) },
  allowUnconditionalUpdate: true,
};

function setServiceDefaults(object: KubernetesObject): void {
  object.spec ??= {};
  const spec = specOf(object);
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
      const clientIP = { timeoutSeconds: CLIENT_IP_TIMEOUT_SECONDS };
      spec.sessionAffinityConfig = { clientIP };
    }
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (!port.targetPort) port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ||= 'Cluster';
  if (!isLoadBalancer(spec)) return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of ingressOf(object)) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

/** What a service of this kind has no use for. */
function ignoredFields(spec: ServiceFields): string[] {
  const externalIPs = (spec.externalIPs ?? []).length > 0;
  const warnings: string[] = [];
  if (isHeadless(spec)) {
    const when = 'is ignored when spec.clusterIP is "None"';
    if (spec.loadBalancerIP) warnings.push(`spec.loadBalancerIP ${when}`);
    if (externalIPs) warnings.push(`spec.externalIPs ${when}`);
    if (spec.sessionAffinity !== 'None') {
      warnings.push('spec.SessionAffinity is ignored for headless services');
    }
  }
  if (spec.type === 'ExternalName' && externalIPs) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  return warnings;
}
