import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  validateDNS1123Subdomain,
  validatePortNumber,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { oneOf } from '../one-of.ts';
import { familyOf, validateIP } from '../../addresses/validate-ip.ts';
import {
  ingressOf,
  isExternallyAccessible,
  isHeadless,
  isLoadBalancer,
  needsHealthCheckPort,
  type ServiceFields,
  specOf,
} from './fields.ts';
import {
  validateClusterIPs,
  validateClusterIPsKept,
  validateExternalIPs,
  validateLoadBalancerFields,
  validateSourceRanges,
} from './validate-addresses.ts';
import { validateNodePorts, validatePorts, validatePortsDistinct } from './validate-ports.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const MAX_CLIENT_IP_SECONDS = 86_400;
export const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
export const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/**
 * Validates a service (pkg/apis/core/validation, validateService). `old` is given on updates: its
 * addresses may be of a form that new ones may not have.
 */
export function validateService(object: KubernetesObject, old?: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const before = old === undefined ? undefined : specOf(old);
  const { annotations } = object.metadata;
  const ports = spec.ports ?? [];
  return [
    ...validateTopology(annotations),
    ...(ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName'
      ? [required('spec.ports')]
      : []),
    ...validateOfType(spec),
    ...validatePorts(ports),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateSessionAffinity(spec),
    ...validateClusterIPs(spec, before?.clusterIPs ?? []),
    ...validateExternalIPs(spec.externalIPs ?? [], before?.externalIPs ?? []),
    ...oneOf(spec.type, TYPES, 'spec.type'),
    ...validateNodePorts(spec),
    ...validatePortsDistinct(ports),
    ...validateSourceRanges(
      { spec, annotations },
      before && { spec: before, annotations: old?.metadata.annotations },
    ),
    ...validateLoadBalancerFields(spec),
    ...validateLoadBalancerClass(spec),
    ...validateTrafficPolicies(spec),
  ];
}

function validateTopology(annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const [hints, mode] = [annotations?.[TOPOLOGY_HINTS], annotations?.[TOPOLOGY_MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const detail = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, detail)];
}

function validateOfType(spec: ServiceFields): FieldError[] {
  const errors: FieldError[] = [];
  if ((isLoadBalancer(spec) || spec.type === 'NodePort') && isHeadless(spec)) {
    const detail = `may not be set to 'None' for ${spec.type} services`;
    errors.push(invalid('spec.clusterIPs[0]', 'None', detail));
  }
  return spec.type === 'ExternalName' ? validateExternalName(spec) : errors;
}

function validateExternalName(spec: ServiceFields): FieldError[] {
  const { clusterIPs, ipFamilies, ipFamilyPolicy, externalName = '' } = spec;
  const detail = 'may not be set for ExternalName services';
  const errors: FieldError[] = [];
  if ((clusterIPs ?? []).length > 0) errors.push(forbidden('spec.clusterIPs', detail));
  if ((ipFamilies ?? []).length > 0) errors.push(forbidden('spec.ipFamilies', detail));
  if (ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', detail));
  // A trailing dot says that the name is complete.
  const name = externalName.replace(/\.$/, '');
  if (name === '') return [...errors, required('spec.externalName')];
  return [
    ...errors,
    ...validateDNS1123Subdomain(name).map((m) => invalid('spec.externalName', name, m)),
  ];
}

function validateSessionAffinity(spec: ServiceFields): FieldError[] {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  const errors = oneOf(sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity');
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'ClientIP') {
    const detail = 'when session affinity type is ClientIP';
    if (config === undefined) return [...errors, required(path, detail)];
    if (config.clientIP === undefined) return [...errors, required(`${path}.clientIP`, detail)];
    const seconds = config.clientIP.timeoutSeconds;
    if (seconds === undefined) {
      return [...errors, required(`${path}.clientIP.timeoutSeconds`, detail)];
    }
    const isValid = seconds > 0 && seconds <= MAX_CLIENT_IP_SECONDS;
    const range = `must be greater than 0 and less than ${MAX_CLIENT_IP_SECONDS}`;
    if (!isValid) errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, range));
  } else if (sessionAffinity === 'None' && config !== undefined) {
    errors.push(forbidden(path, 'must not be set when session affinity is None'));
  }
  return errors;
}

/** What an update of a service may not change (ValidateServiceUpdate). */
export function validateServiceKept(spec: ServiceFields, old: ServiceFields): FieldError[] {
  const { loadBalancerClass: name, healthCheckNodePort: port } = spec;
  const errors = validateClusterIPsKept(spec, old);
  if (isLoadBalancer(spec) && isLoadBalancer(old) && name !== old.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', name ?? null, 'may not change once set'));
  }
  errors.push(...validateLoadBalancerClass(spec));
  const hasPort = needsHealthCheckPort(spec) && needsHealthCheckPort(old);
  if (hasPort && (port ?? 0) !== (old.healthCheckNodePort ?? 0)) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}

function validateLoadBalancerClass(spec: ServiceFields): FieldError[] {
  const { loadBalancerClass: name } = spec;
  const field = 'spec.loadBalancerClass';
  if (name === undefined) return [];
  if (!isLoadBalancer(spec)) {
    return [forbidden(field, "may only be used when `type` is 'LoadBalancer'")];
  }
  return validateQualifiedName(name).map((m) => invalid(field, name, m));
}

function validateTrafficPolicies(spec: ServiceFields): FieldError[] {
  const { healthCheckNodePort: port, internalTrafficPolicy: inside, trafficDistribution } = spec;
  const errors = validateExternalPolicy(spec);
  if (needsHealthCheckPort(spec)) {
    if (port) {
      const messages = validatePortNumber(port);
      errors.push(...messages.map((m) => invalid('spec.healthCheckNodePort', port, m)));
    }
  } else if (port) {
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', port, detail));
  }
  if (inside === undefined) {
    if (spec.type !== 'ExternalName') errors.push(required('spec.internalTrafficPolicy'));
  } else if (!POLICIES.includes(inside)) {
    errors.push(notSupported('spec.internalTrafficPolicy', inside, POLICIES));
  }
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}

function validateExternalPolicy(spec: ServiceFields): FieldError[] {
  const { externalTrafficPolicy: outside = '' } = spec;
  const field = 'spec.externalTrafficPolicy';
  if (isExternallyAccessible(spec)) return oneOf(outside, POLICIES, field);
  const detail = 'may only be set for externally-accessible services';
  return outside === '' ? [] : [invalid(field, outside, detail)];
}

const IP_MODES = ['Proxy', 'VIP'];

/** Where a load balancer takes traffic in. */
export function validateServiceStatus(
  object: KubernetesObject,
  old: KubernetesObject,
): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  const ingress = ingressOf(object);
  const kept = ingressOf(old).map(({ ip = '' }) => ip);
  const errors: FieldError[] = [];
  if (!isLoadBalancer(specOf(object)) && ingress.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  ingress.forEach(({ ip, ipMode, hostname }, i) => {
    const at = `${path}[${i}]`;
    if (ip) errors.push(...validateIP(ip, `${at}.ip`, kept));
    if (ip && ipMode === undefined) {
      errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (ipMode !== undefined && !ip) {
      errors.push(forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    } else if (ipMode !== undefined && !IP_MODES.includes(ipMode)) {
      errors.push(notSupported(`${at}.ipMode`, ipMode, IP_MODES));
    }
    if (!hostname) return;
    const messages = validateDNS1123Subdomain(hostname);
    errors.push(...messages.map((m) => invalid(`${at}.hostname`, hostname, m)));
    if (familyOf(hostname) !== undefined) {
      const detail = 'must be a DNS name, not an IP address';
      errors.push(invalid(`${at}.hostname`, hostname, detail));
    }
  });
  return errors;
}
