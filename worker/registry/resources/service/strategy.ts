import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSLabel } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { ingressOf, isExternallyAccessible, isLoadBalancer, specOf, statusOf } from './fields.ts';
import { alignClusterIPs, dropOfOldType, initClusterIPs, keepAllocated } from './linked-fields.ts';
import { validateService, validateServiceKept, validateServiceStatus } from './validate-service.ts';
import { serviceWarnings } from './warnings.ts';

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

export const serviceStrategy: Strategy = {
  setDefaults: setServiceDefaults,
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
    initClusterIPs(specOf(object));
  },
  validate: (object) => validateService(object),
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    // A load balancer that is on its way out is not shown.
    if (!isLoadBalancer(specOf(object)) && statusOf(object).loadBalancer !== undefined) {
      object.status = { ...statusOf(object), loadBalancer: {} };
    }
    const [spec, before] = [specOf(object), specOf(old)];
    keepAllocated(spec, before);
    alignClusterIPs(spec, before);
    dropOfOldType(spec, before);
  },
  validateUpdate: (object, old) => [
    ...validateServiceKept(specOf(object), specOf(old)),
    ...validateService(object, old),
  ],
  warnings: serviceWarnings,
  validateName: nameIsDNSLabel,
  selectableFields(object) {
    const { clusterIP, type } = specOf(object);
    return { 'spec.clusterIP': clusterIP ?? '', 'spec.type': type ?? '' };
  },
  subresources: { status: newStatusSubresource(validateServiceStatus) },
  allowCreateOnUpdate: true,
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
