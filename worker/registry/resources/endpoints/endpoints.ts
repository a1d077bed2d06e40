import type { EndpointAddress, EndpointPort, EndpointSubset } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validatePortNumber,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { oneOf } from '../one-of.ts';
import { ipWarnings } from '../../addresses/ip-warnings.ts';
import { validateEndpointIP, validateIP } from '../../addresses/validate-ip.ts';

const subsetsOf = (object: KubernetesObject): EndpointSubset[] =>
  (object.subsets as EndpointSubset[] | null | undefined) ?? [];

export const endpointsStrategy: Strategy = {
  setDefaults(object) {
    for (const { ports } of subsetsOf(object)) {
      for (const port of ports ?? []) port.protocol ||= 'TCP';
    }
  },
  validate: validateEndpoints,
  // Endpoints of old may break the rules of today, as long as they stay what they are.
  validateUpdate: (object, old) =>
    deepEqual(subsetsOf(object), subsetsOf(old)) ? [] : validateEndpoints(object),
  warnings: endpointsWarnings,
  validateName: nameIsDNSSubdomain,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

/** What the controller itself writes is not looked at (endpointsWarnings). */
function endpointsWarnings(object: KubernetesObject): string[] {
  const deprecated = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
  if (object.metadata.labels?.[MANAGED_BY] === 'endpoint-controller') return [deprecated];
  return [
    deprecated,
    ...subsetsOf(object).flatMap((subset, i) =>
      ADDRESS_LISTS.flatMap((list) =>
        (subset[list] ?? []).flatMap(({ ip }: Partial<EndpointAddress>, j) =>
          ipWarnings(ip ?? '', `subsets[${i}].${list}[${j}].ip`),
        ),
      ),
    ),
  ];
}

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const ADDRESS_LISTS = ['addresses', 'notReadyAddresses'] as const;
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validateEndpoints(object: KubernetesObject): FieldError[] {
  return subsetsOf(object).flatMap((subset, i) => {
    const path = `subsets[${i}]`;
    const detail = 'must specify `addresses` or `notReadyAddresses`';
    const ports = subset.ports ?? [];
    return [
      ...(ADDRESS_LISTS.every((list) => (subset[list] ?? []).length === 0)
        ? [required(path, detail)]
        : []),
      ...ADDRESS_LISTS.flatMap((list) =>
        (subset[list] ?? []).flatMap((a, j) => validateAddress(a, `${path}.${list}[${j}]`)),
      ),
      ...ports.flatMap((port, j) => validatePort(port, ports.length > 1, `${path}.ports[${j}]`)),
    ];
  });
}

function validateAddress(address: Partial<EndpointAddress>, path: string): FieldError[] {
  const { ip = '', hostname, nodeName } = address;
  const errors = validateIP(ip, `${path}.ip`);
  if (hostname) {
    const messages = validateDNS1123Label(hostname);
    errors.push(...messages.map((m) => invalid(`${path}.hostname`, hostname, m)));
  }
  if (nodeName !== undefined) {
    const messages = nameIsDNSSubdomain(nodeName, false);
    errors.push(...messages.map((m) => invalid(`${path}.nodeName`, nodeName, m)));
  }
  return [...errors, ...validateEndpointIP(ip, `${path}.ip`)];
}

function validatePort(
  fields: Partial<EndpointPort>,
  isNameRequired: boolean,
  path: string,
): FieldError[] {
  const {
    name,
    port = 0,
    protocol,
    appProtocol,
  } = fields as Partial<EndpointPort> & {
    appProtocol?: string;
  };
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...validateDNS1123Label(name).map((m) => invalid(`${path}.name`, name, m)));
  } else if (isNameRequired) errors.push(required(`${path}.name`));
  errors.push(
    ...validatePortNumber(port).map((m) => invalid(`${path}.port`, port, m)),
    ...oneOf(protocol, PROTOCOLS, `${path}.protocol`),
  );
  if (appProtocol === undefined) return errors;
  const messages = validateQualifiedName(appProtocol);
  return [...errors, ...messages.map((m) => invalid(`${path}.appProtocol`, appProtocol, m))];
}
