import type { Endpoint, EndpointPort, EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import { validateLabels } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validateLabelValue,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { immutable } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { validateFullyQualifiedDomain } from '../fully-qualified.ts';
import { ipWarnings } from '../../addresses/ip-warnings.ts';
import { familyOf, validateEndpointIP, validateIP } from '../../addresses/validate-ip.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_TOPOLOGY_LABELS = 16;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ENDPOINTS = 1000;
const MAX_HINTS = 8;

interface EndpointFields extends Omit<Partial<Endpoint>, 'hints'> {
  hints?: { forZones?: { name?: string }[]; forNodes?: { name?: string }[] };
}

interface SliceFields extends Omit<Partial<EndpointSlice>, 'endpoints'> {
  endpoints?: EndpointFields[];
}

const sliceOf = (object: KubernetesObject): SliceFields => object as unknown as SliceFields;

export const endpointSliceStrategy: Strategy = {
  setDefaults(object) {
    for (const port of sliceOf(object).ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  prepareForCreate: dropTopology,
  validate: (object) => validateSlice(object, []),
  prepareForUpdate(object, old) {
    if (!deepEqual(sliceOf(object).endpoints, sliceOf(old).endpoints)) dropTopology(object);
  },
  validateUpdate: (object, old) => [
    ...validateSlice(object, addressesOf(old)),
    ...immutable(sliceOf(object).addressType ?? '', sliceOf(old).addressType ?? '', 'addressType'),
  ],
  warnings: sliceWarnings,
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  generationCountsLabels: true,
  allowUnconditionalUpdate: true,
};

/** Free-form topology was a field of v1beta1; what is stored may be written back, nothing else. */
function dropTopology(object: KubernetesObject): void {
  for (const endpoint of sliceOf(object).endpoints ?? []) delete endpoint.deprecatedTopology;
}

const addressesOf = (object: KubernetesObject): string[] =>
  (sliceOf(object).endpoints ?? []).flatMap(({ addresses }) => addresses ?? []);

function sliceWarnings(object: KubernetesObject): string[] {
  const { addressType, endpoints = [] } = sliceOf(object);
  if (addressType === 'FQDN') return ['spec.addressType: FQDN endpoints are deprecated'];
  return endpoints.flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((address, j) =>
      ipWarnings(address, `endpoints[${i}].addresses[${j}]`),
    ),
  );
}

function validateSlice(object: KubernetesObject, kept: readonly string[]): FieldError[] {
  const { addressType = '', endpoints = [], ports = [] } = sliceOf(object);
  const errors: FieldError[] = [];
  if (addressType === '') errors.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(addressType)) {
    errors.push(notSupported('addressType', addressType, ADDRESS_TYPES));
  }
  if (endpoints.length > MAX_ENDPOINTS) {
    errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS));
  } else {
    const known = new Set(kept);
    endpoints.forEach((endpoint, i) =>
      errors.push(...validateEndpoint(endpoint, addressType, `endpoints[${i}]`, known)),
    );
  }
  return [...errors, ...validatePorts(ports)];
}

function validateEndpoint(
  endpoint: EndpointFields,
  type: string,
  at: string,
  kept: ReadonlySet<string>,
): FieldError[] {
  const { nodeName, deprecatedTopology: topology, hostname, hints } = endpoint;
  const addresses = endpoint.addresses ?? [];
  const field = `${at}.addresses`;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(field, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) {
    errors.push(tooMany(field, addresses.length, MAX_ADDRESSES));
  }
  addresses.forEach((address, i) => {
    if (type === 'IPv4' || type === 'IPv6') {
      if (!kept.has(address)) errors.push(...validateIP(address, `${field}[${i}]`));
      if (!isOfFamily(address, type)) {
        errors.push(invalid(field, address, `must be an ${type} address`));
      }
      errors.push(...validateEndpointIP(address, `${field}[${i}]`));
    } else if (type === 'FQDN') {
      errors.push(...validateFullyQualifiedDomain(address, `${field}[${i}]`));
    }
  });
  if (nodeName !== undefined) {
    const messages = nameIsDNSSubdomain(nodeName, false);
    errors.push(...messages.map((m) => invalid(`${at}.nodeName`, nodeName, m)));
  }
  const count = Object.keys(topology ?? {}).length;
  if (count > MAX_TOPOLOGY_LABELS) {
    errors.push(tooMany(`${at}.deprecatedTopology`, count, MAX_TOPOLOGY_LABELS));
  }
  errors.push(...validateLabels(topology, `${at}.deprecatedTopology`));
  if (hostname !== undefined) {
    const messages = validateDNS1123Label(hostname);
    errors.push(...messages.map((m) => invalid(`${at}.hostname`, hostname, m)));
  }
  return hints === undefined ? errors : [...errors, ...validateHints(hints, `${at}.hints`)];
}

const isOfFamily = (address: string, family: 'IPv4' | 'IPv6'): boolean =>
  familyOf(address) === family;

function validateHints(hints: NonNullable<EndpointFields['hints']>, at: string): FieldError[] {
  const { forZones = [], forNodes = [] } = hints;
  if (forZones.length > MAX_HINTS) {
    return [tooMany(`${at}.forZones`, forZones.length, MAX_HINTS)];
  }
  if (forNodes.length > MAX_HINTS) {
    return [tooMany(`${at}.forNodes`, forNodes.length, MAX_HINTS)];
  }
  return [
    ...validateHintNames(forZones, `${at}.forZones`, validateLabelValue),
    ...validateHintNames(forNodes, `${at}.forNodes`, (name) => nameIsDNSSubdomain(name, false)),
  ];
}

function validateHintNames(
  hints: readonly { name?: string }[],
  at: string,
  validateName: (name: string) => string[],
): FieldError[] {
  const seen = new Set<string>();
  return hints.flatMap(({ name = '' }, i) => {
    const field = `${at}[${i}].name`;
    const errors = seen.has(name) ? [duplicate(field, name)] : [];
    seen.add(name);
    return [...errors, ...validateName(name).map((m) => invalid(field, name, m))];
  });
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const at = `ports[${i}]`;
    const errors: FieldError[] = [];
    if (name !== '') {
      errors.push(...validateDNS1123Label(name).map((m) => invalid(`${at}.name`, name, m)));
    }
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) errors.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) {
      errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    }
    if (appProtocol === undefined) return errors;
    const messages = validateQualifiedName(appProtocol);
    return [...errors, ...messages.map((m) => invalid(`${at}.appProtocol`, appProtocol, m))];
  });
}
