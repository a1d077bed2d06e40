import type { HostAlias, PodDNSConfig } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
  tooLong,
} from '../../../../apimachinery/field-error.ts';
import {
  byteLength,
  validateDNS1123Label,
  validateDNS1123Subdomain,
  validateSubdomainWithUnderscore,
} from '../../../../apimachinery/names.ts';
import { validateIP } from '../../addresses/validate-ip.ts';
import type { PodContext, PodFields } from './fields.ts';

/** Limits of what resolvers read from /etc/resolv.conf. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_BYTES = 2048;
/** Longest name of a Linux host. */
const MAX_HOST_NAME_BYTES = 64;

export function validateDNSConfig(spec: PodFields, path: string): FieldError[] {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) {
      return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    }
    if ((config.nameservers ?? []).length === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${path}.nameservers`, detail)];
    }
  }
  return config === undefined ? [] : validateConfig(config, path);
}

function validateConfig(config: PodDNSConfig, path: string): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = config;
  const errors: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    const detail = `must not have more than ${MAX_NAMESERVERS} nameservers`;
    errors.push(invalid(`${path}.nameservers`, nameservers, detail));
  }
  nameservers.forEach((server, i) => {
    errors.push(...validateIP(server, `${path}.nameservers[${i}]`));
  });
  const field = `${path}.searches`;
  if (searches.length > MAX_SEARCHES) {
    errors.push(invalid(field, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  }
  if (byteLength(searches.join(' ')) > MAX_SEARCH_BYTES) {
    const detail = `must not have more than ${MAX_SEARCH_BYTES} characters (including spaces) in the search list`;
    errors.push(invalid(field, searches, detail));
  }
  searches.forEach((search, i) => {
    if (search === '.') return;
    const name = search.replace(/\.$/, '');
    const messages = validateSubdomainWithUnderscore(name);
    errors.push(...messages.map((m) => invalid(`${field}[${i}]`, name, m)));
  });
  options.forEach(({ name }, i) => {
    if (!name) errors.push(required(`${path}.options[${i}]`, 'must not be empty'));
  });
  return errors;
}

export function validateHostAliases(aliases: readonly HostAlias[], path: string): FieldError[] {
  return aliases.flatMap(({ ip, hostnames }: Partial<HostAlias>, i) => [
    ...validateIP(ip ?? '', `${path}[${i}].ip`),
    ...(hostnames ?? []).flatMap((name, j) =>
      validateDNS1123Subdomain(name).map((m) => invalid(`${path}[${i}].hostnames[${j}]`, name, m)),
    ),
  ]);
}

/** In the host's network a container's port is the host's; templates may leave that to the pod. */
export function validateHostNetworkPorts(
  spec: PodFields,
  path: string,
  { isPod }: PodContext,
): FieldError[] {
  if (spec.hostNetwork !== true) return [];
  const detail = 'must match `containerPort` when `hostNetwork` is true';
  return (spec.containers ?? []).flatMap((container, i) =>
    (container.ports ?? []).flatMap((port: { hostPort?: number; containerPort?: number }, j) => {
      const { hostPort = 0, containerPort = 0 } = port;
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      return [invalid(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, detail)];
    }),
  );
}

export function validateHostNames(spec: PodFields, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['hostname', 'subdomain'] as const) {
    const value = spec[name];
    if (!value) continue;
    const messages = validateDNS1123Label(value);
    errors.push(...messages.map((m) => invalid(`${path}.${name}`, value, m)));
  }
  return errors;
}

/** A name that the pod has whatever its other names say (KEP-4762). */
export function validateHostnameOverride(spec: PodFields, field: string): FieldError[] {
  const override = spec.hostnameOverride;
  if (override === undefined) return [];
  const errors: FieldError[] = [];
  for (const name of ['setHostnameAsFQDN', 'hostNetwork'] as const) {
    if (spec[name] !== true) continue;
    errors.push(forbidden(field, `may not be specified when ${name} is true`));
  }
  if (byteLength(override) > MAX_HOST_NAME_BYTES) errors.push(tooLong(field, MAX_HOST_NAME_BYTES));
  const messages = validateDNS1123Subdomain(override);
  return [...errors, ...messages.map((m) => invalid(field, override, m))];
}
