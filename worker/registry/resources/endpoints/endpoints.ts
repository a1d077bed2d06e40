import type { EndpointAddress, EndpointPort, EndpointSubset } from 'kubernetes-types/core/v1.js';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validatePortNumber,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { oneOf } from '../one-of.ts';
import { validateIP, validateNonSpecialIP } from '../validate-ip.ts';
import { repackSubsets } from './repack-subsets.ts';

const subsetsOf = (object: KubernetesObject): EndpointSubset[] =>
  (object.subsets as EndpointSubset[] | null | undefined) ?? [];

export const endpointsStrategy: Strategy = {
  setDefaults(object) {
    for (const { ports } of subsetsOf(object)) {
      for (const port of ports ?? []) port.protocol ||= 'TCP';
    }
  },
  validate: validateEndpoints,
  validateUpdate: validateEndpoints,
  canonicalize(object) {
    const subsets = subsetsOf(object);
    if (subsets.length > 0) object.subsets = repackSubsets(subsets);
  },
  warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  validateName: nameIsDNSSubdomain,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
};

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validateEndpoints(object: KubernetesObject): FieldError[] {
  return subsetsOf(object).flatMap((subset, i) => {
    const path = `subsets[${i}]`;
    const lists = ['addresses', 'notReadyAddresses'] as const;
    const detail = 'must specify `addresses` or `notReadyAddresses`';
    const ports = subset.ports ?? [];
    return [
      ...(lists.every((list) => (subset[list] ?? []).length === 0) ? [required(path, detail)] : []),
      ...lists.flatMap((list) =>
        (subset[list] ?? []).flatMap((a, j) => validateAddress(a, `${path}.${list}[${j}]`)),
      ),
      ...ports.flatMap((port, j) => validatePort(port, ports.length > 1, `${path}.ports[${j}]`)),
    ];
  });
}

function validateAddress(address: Partial<EndpointAddress>, path: string): FieldError[] {
  const { ip = '', hostname, nodeName } = address;
  const errors = validateIP(ip, `${path}.ip`);
  const isIP = errors.length === 0;
  if (hostname) {
    const messages = validateDNS1123Label(hostname);
    errors.push(...messages.map((m) => invalid(`${path}.hostname`, hostname, m)));
  }
  if (nodeName !== undefined) {
    const messages = nameIsDNSSubdomain(nodeName, false);
    errors.push(...messages.map((m) => invalid(`${path}.nodeName`, nodeName, m)));
  }
  return isIP ? [...errors, ...validateNonSpecialIP(ip, `${path}.ip`)] : errors;
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
