import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  nameIsDNS1035Label,
  validateDNS1123Label,
  validateDNS1123Subdomain,
  validatePortName,
  validatePortNumber,
} from '../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../apimachinery/object-meta-validation.ts';
import type { Strategy } from '../strategy.ts';
import { isIPAddress } from './ip-address.ts';
import { oneOf } from './one-of.ts';
import { dropStatus, keepStatus, STATUS_SUBRESOURCE } from './status-subresource.ts';

const specOf = (object: KubernetesObject): ServiceSpec => object.spec as ServiceSpec;

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const CLIENT_IP_TIMEOUT_SECONDS = 10_800;
const MAX_CLIENT_IP_TIMEOUT_SECONDS = 86_400;

export const serviceStrategy: Strategy = {
  setDefaults: setServiceDefaults,
  prepareForCreate(object) {
    dropStatus(object);
    object.status = { loadBalancer: {} };
  },
  validate: validateService,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    keepAllocated(specOf(object), specOf(old));
  },
  validateUpdate: (object, old) => [
    ...validateClusterIPKept(specOf(object), specOf(old)),
    ...validateService(object),
  ],
  validateName: nameIsDNS1035Label,
  selectableFields(object) {
    const { clusterIP, type } = specOf(object);
    return { 'spec.clusterIP': clusterIP ?? '', 'spec.type': type ?? '' };
  },
  subresources: { status: STATUS_SUBRESOURCE },
  allowUnconditionalUpdate: true,
};

const isExternal = ({ type }: ServiceSpec): boolean =>
  type === 'NodePort' || type === 'LoadBalancer';

function setServiceDefaults(object: KubernetesObject): void {
  const spec = specOf(object);
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= CLIENT_IP_TIMEOUT_SECONDS;
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (!port.targetPort) port.targetPort = port.port;
  }
  if (isExternal(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** A replacement that does not mention an allocated address or node port keeps it. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!spec.clusterIP && old.clusterIP) {
    spec.clusterIP = old.clusterIP;
    if (old.clusterIPs !== undefined) spec.clusterIPs ??= old.clusterIPs;
  }
  if (old.ipFamilies !== undefined) spec.ipFamilies ??= old.ipFamilies;
  if (old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  if (!isExternal(spec) || !isExternal(old)) return;
  for (const port of spec.ports ?? []) {
    const before = old.ports?.find((p) => p.port === port.port && p.protocol === port.protocol);
    if (!port.nodePort && before?.nodePort) port.nodePort = before.nodePort;
  }
}

function validateClusterIPKept(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || !old.clusterIP) return [];
  if (spec.clusterIP === old.clusterIP) return [];
  const errors = [invalid('spec.clusterIPs[0]', spec.clusterIP ?? '', 'may not change once set')];
  return spec.clusterIP ? errors : [invalid('spec.clusterIP', '', IMMUTABLE)];
}

function validateService(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const headless = spec.clusterIP === 'None';
  const errors: FieldError[] = [];
  if ((spec.ports ?? []).length === 0 && !headless && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (headless) {
      const detail = `may not be set to 'None' for ${spec.type} services`;
      errors.push(invalid('spec.clusterIPs[0]', 'None', detail));
    }
  } else if (spec.type === 'ExternalName') errors.push(...validateExternalName(spec));
  if (spec.clusterIP && !headless && spec.type !== 'ExternalName' && !isIPAddress(spec.clusterIP)) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIP, detail));
  }
  errors.push(
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateSessionAffinity(spec),
    ...oneOf(spec.type, TYPES, 'spec.type'),
    ...validateTrafficPolicies(spec),
  );
  return errors;
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.clusterIP) {
    const detail = 'may not be set for ExternalName services';
    errors.push(forbidden('spec.clusterIPs', detail));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') return [...errors, required('spec.externalName')];
  const messages = validateDNS1123Subdomain(name);
  return [...errors, ...messages.map((m) => invalid('spec.externalName', spec.externalName, m))];
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  const errors = ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const problems = validatePort(port, at, ports.length > 1, names);
    if (isExternal(spec)) return problems;
    if (port.nodePort) {
      const detail = `may not be used when \`type\` is '${spec.type}'`;
      problems.push(forbidden(`${at}.nodePort`, detail));
    }
    return problems;
  });
  ports.forEach((port, i) => {
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) {
      errors.push(duplicate(`spec.ports[${i}]`, { protocol: port.protocol, port: port.port }));
    }
    numbers.add(key);
  });
  return errors;
}

function validatePort(
  port: ServicePort,
  at: string,
  nameRequired: boolean,
  names: Set<string>,
): FieldError[] {
  const { name, targetPort } = port;
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...validateDNS1123Label(name).map((m) => invalid(`${at}.name`, name, m)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  } else if (nameRequired) errors.push(required(`${at}.name`));
  errors.push(...validatePortNumber(port.port).map((m) => invalid(`${at}.port`, port.port, m)));
  errors.push(...oneOf(port.protocol, PROTOCOLS, `${at}.protocol`));
  const messages =
    typeof targetPort === 'string'
      ? validatePortName(targetPort)
      : validatePortNumber(targetPort ?? 0);
  return [...errors, ...messages.map((m) => invalid(`${at}.targetPort`, targetPort, m))];
}

function validateSessionAffinity(spec: ServiceSpec): FieldError[] {
  const errors = oneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity');
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined || (seconds > 0 && seconds <= MAX_CLIENT_IP_TIMEOUT_SECONDS))
    return errors;
  const detail = `must be greater than 0 and less than ${MAX_CLIENT_IP_TIMEOUT_SECONDS}`;
  return [
    ...errors,
    invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, detail),
  ];
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const policies = ['Cluster', 'Local'];
  const { externalTrafficPolicy: outside, internalTrafficPolicy: inside } = spec;
  if (outside && !isExternal(spec) && (spec.externalIPs ?? []).length === 0) {
    const detail = 'may only be set for externally-accessible services';
    errors.push(invalid('spec.externalTrafficPolicy', outside, detail));
  } else if (outside && !policies.includes(outside)) {
    errors.push(notSupported('spec.externalTrafficPolicy', outside, policies));
  }
  if (inside && !policies.includes(inside)) {
    errors.push(notSupported('spec.internalTrafficPolicy', inside, policies));
  }
  return errors;
}
