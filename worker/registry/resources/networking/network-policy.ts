import type {
  IPBlock,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateLabelSelector } from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSSubdomain,
  validatePortName,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { cidrWarnings } from '../../addresses/ip-warnings.ts';
import { containsIP, parseBlock, prefixOf } from '../../addresses/parse-ip.ts';
import { validateCIDR } from '../../addresses/validate-ip.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

const specOf = (object: KubernetesObject): Partial<NetworkPolicySpec> => object.spec ?? {};

/** One direction's rules in the same shape: `from` of ingress and `to` of egress are `peers`. */
interface Direction {
  readonly path: string;
  readonly peersField: 'from' | 'to';
  readonly ports: NetworkPolicyPort[];
  readonly peers: NetworkPolicyPeer[];
}

function directionsOf(spec: Partial<NetworkPolicySpec>): Direction[] {
  return [
    ...(spec.ingress ?? []).map(({ ports = [], from: peers = [] }, i) => ({
      path: `spec.ingress[${i}]`,
      peersField: 'from' as const,
      ports,
      peers,
    })),
    ...(spec.egress ?? []).map(({ ports = [], to: peers = [] }, i) => ({
      path: `spec.egress[${i}]`,
      peersField: 'to' as const,
      ports,
      peers,
    })),
  ];
}

export const networkPolicyStrategy: Strategy = {
  setDefaults(object) {
    const spec = specOf(object);
    object.spec = spec;
    for (const { ports } of directionsOf(spec)) {
      for (const port of ports) port.protocol ??= 'TCP';
    }
    if ((spec.policyTypes ?? []).length === 0) {
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
    }
  },
  validate: (object) => validatePolicy(object, []),
  validateUpdate: (object, old) =>
    validatePolicy(
      object,
      cidrsOf(old).map(([, cidr]) => cidr),
    ),
  warnings: (object) => cidrsOf(object).flatMap(([field, cidr]) => cidrWarnings(cidr, field)),
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

/** Every address block of a policy with its path. */
function cidrsOf(object: KubernetesObject): [string, string][] {
  return directionsOf(specOf(object)).flatMap(({ path, peersField, peers }) =>
    peers.flatMap(({ ipBlock }, i): [string, string][] => {
      if (ipBlock === undefined) return [];
      const at = `${path}.${peersField}[${i}].ipBlock`;
      return [
        [`${at}.cidr`, ipBlock.cidr ?? ''],
        ...(ipBlock.except ?? []).map((cidr, j): [string, string] => [`${at}.except[${j}]`, cidr]),
      ];
    }),
  );
}

function validatePolicy(object: KubernetesObject, kept: readonly string[]): FieldError[] {
  const spec = specOf(object);
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  for (const { path, peersField, ports, peers } of directionsOf(spec)) {
    ports.forEach((port, i) => errors.push(...validatePort(port, `${path}.ports[${i}]`)));
    peers.forEach((peer, i) =>
      errors.push(...validatePeer(peer, `${path}.${peersField}[${i}]`, kept)),
    );
  }
  const types = spec.policyTypes ?? [];
  if (types.length > POLICY_TYPES.length) {
    const detail = 'may not specify more than two policyTypes';
    return [...errors, invalid('spec.policyTypes', types, detail)];
  }
  types.forEach((type, i) => {
    if (POLICY_TYPES.includes(type)) return;
    errors.push(notSupported(`spec.policyTypes[${i}]`, type, POLICY_TYPES));
  });
  return errors;
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
  }
  const refuseEnd = (detail: string): void => {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, detail));
  };
  if (port === undefined) {
    refuseEnd('may not be specified when `port` is not specified');
  } else if (typeof port === 'string') {
    refuseEnd('may not be specified when `port` is non-numeric');
    errors.push(...validatePortName(port).map((m) => invalid(`${at}.port`, port, m)));
  } else {
    errors.push(...validatePortNumber(port).map((m) => invalid(`${at}.port`, port, m)));
    if (endPort === undefined) return errors;
    if (endPort < port) refuseEnd('must be greater than or equal to `port`');
    errors.push(...validatePortNumber(endPort).map((m) => invalid(`${at}.endPort`, endPort, m)));
  }
  return errors;
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  at: string,
  kept: readonly string[],
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateIPBlock(ipBlock, `${at}.ipBlock`, kept)),
  ];
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (!hasSelector && ipBlock === undefined) errors.push(required(at, 'must specify a peer'));
  if (hasSelector && ipBlock !== undefined) {
    errors.push(forbidden(at, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validateIPBlock(
  block: Partial<IPBlock>,
  at: string,
  kept: readonly string[],
): FieldError[] {
  const { cidr = '', except = [] } = block;
  if (cidr === '') return [required(`${at}.cidr`)];
  const errors = validateCIDR(cidr, `${at}.cidr`, kept);
  const outer = parseBlock(cidr);
  if (outer === undefined) return errors;
  except.forEach((text, i) => {
    const field = `${at}.except[${i}]`;
    errors.push(...validateCIDR(text, field, kept));
    const inner = parseBlock(text);
    if (inner === undefined) return;
    if (!containsIP(outer, inner.address) || prefixOf(outer) >= prefixOf(inner)) {
      errors.push(invalid(field, text, 'must be a strict subset of `cidr`'));
    }
  });
  return errors;
}
