import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressTLS,
} from 'kubernetes-types/networking/v1.js';
import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  validateDNS1123Subdomain,
  validatePortName,
  validatePortNumber,
  validateWildcardSubdomain,
} from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { parseIP } from '../../addresses/parse-ip.ts';
import { dropStatus, keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { validateIP } from '../../addresses/validate-ip.ts';
import { validateTypedReference } from './typed-reference.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];
const NOT_AN_ADDRESS = 'must be a DNS name, not an IP address';

const specOf = (object: KubernetesObject): IngressSpec => object.spec ?? {};

/** What an update may keep although it would be refused in a new object. */
interface Kept {
  readonly badSecretNames: boolean;
  readonly badWildcardRules: boolean;
}

const NOTHING_KEPT: Kept = { badSecretNames: false, badWildcardRules: false };

export const ingressStrategy: Strategy = {
  prepareForCreate: dropStatus,
  validate: (object) => [
    ...validateSpec(specOf(object), NOTHING_KEPT),
    ...validateClassAnnotation(object),
  ],
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old) =>
    validateSpec(specOf(object), {
      badSecretNames: (specOf(old).tls ?? []).some(
        ({ secretName = '' }) => validateSecretName(secretName).length > 0,
      ),
      badWildcardRules: (specOf(old).rules ?? []).some(
        (rule) => (rule.host ?? '').includes('*') && validatePaths(rule, '').length > 0,
      ),
    }),
  warnings(object, old) {
    return old === null && object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined
      ? [
          `annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`,
        ]
      : [];
  },
  validateName: nameIsDNSSubdomain,
  subresources: { status: newStatusSubresource(validateStatus) },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function validateClassAnnotation(object: KubernetesObject): FieldError[] {
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const { ingressClassName } = specOf(object);
  if (annotation === undefined || ingressClassName === undefined) return [];
  if (annotation === ingressClassName) return [];
  const detail = 'must match `ingressClassName` when both are specified';
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, detail)];
}

function validateSpec(spec: IngressSpec, kept: Kept): FieldError[] {
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  const errors: FieldError[] = [];
  if (rules.length === 0 && defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    errors.push(invalid('spec', spec.rules ?? null, detail));
  }
  if (defaultBackend !== undefined) {
    errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  }
  rules.forEach((rule, i) => errors.push(...validateRule(rule, `spec.rules[${i}]`, kept)));
  tls.forEach((entry, i) => errors.push(...validateTLS(entry, `spec.tls[${i}]`, kept)));
  if (ingressClassName !== undefined) {
    const messages = nameIsDNSSubdomain(ingressClassName, false);
    errors.push(...messages.map((m) => invalid('spec.ingressClassName', ingressClassName, m)));
  }
  return errors;
}

const validateHost = (host: string): string[] =>
  host.includes('*') ? validateWildcardSubdomain(host) : validateDNS1123Subdomain(host);

const validateSecretName = (name: string): string[] =>
  name === '' ? [] : nameIsDNSSubdomain(name, false);

function validateTLS(
  { hosts = [], secretName = '' }: IngressTLS,
  at: string,
  kept: Kept,
): FieldError[] {
  const errors = hosts.flatMap((host, i) =>
    validateHost(host).map((m) => invalid(`${at}.hosts[${i}]`, host, m)),
  );
  if (kept.badSecretNames) return errors;
  const messages = validateSecretName(secretName);
  return [...errors, ...messages.map((m) => invalid(`${at}.secretName`, secretName, m))];
}

function validateRule(rule: IngressRule, at: string, kept: Kept): FieldError[] {
  const { host = '' } = rule;
  const errors: FieldError[] = [];
  if (host !== '') {
    if (parseIP(host) !== undefined) errors.push(invalid(`${at}.host`, host, NOT_AN_ADDRESS));
    errors.push(...validateHost(host).map((m) => invalid(`${at}.host`, host, m)));
  }
  return host.includes('*') && kept.badWildcardRules
    ? errors
    : [...errors, ...validatePaths(rule, at)];
}

function validatePaths({ http }: IngressRule, at: string): FieldError[] {
  if (http === undefined) return [];
  const paths: Partial<HTTPIngressPath>[] = http.paths ?? [];
  const field = `${at}.http.paths`;
  if (paths.length === 0) return [required(field)];
  return paths.flatMap((path, i) => validatePath(path, `${field}[${i}]`));
}

function validatePath(entry: Partial<HTTPIngressPath>, at: string): FieldError[] {
  const { pathType, path = '', backend = {} } = entry;
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  const field = `${at}.path`;
  const errors: FieldError[] = [];
  const requireAbsolute = (): void => {
    if (!path.startsWith('/')) errors.push(invalid(field, path, 'must be an absolute path'));
  };
  if (pathType === 'Exact' || pathType === 'Prefix') {
    requireAbsolute();
    for (const text of BAD_SEQUENCES) {
      if (path.includes(text)) errors.push(invalid(field, path, `must not contain '${text}'`));
    }
    for (const end of BAD_ENDS) {
      if (path.endsWith(end)) errors.push(invalid(field, path, `cannot end with '${end}'`));
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '') requireAbsolute();
  } else {
    errors.push(notSupported(`${at}.pathType`, pathType, PATH_TYPES));
  }
  return [...errors, ...validateBackend(backend, `${at}.backend`)];
}

function validateBackend({ resource, service }: IngressBackend, at: string): FieldError[] {
  if (resource !== undefined && service !== undefined) {
    return [invalid(at, '', 'cannot set both resource and service backends')];
  }
  if (resource !== undefined) return validateTypedReference(resource, `${at}.resource`);
  if (service === undefined) return [invalid(at, '', 'resource or service backend is required')];
  const { name, port: { name: portName = '', number = 0 } = {} } = service;
  const nameField = `${at}.service.name`;
  const errors =
    name === ''
      ? [required(nameField)]
      : nameIsDNSLabel(name, false).map((m) => invalid(nameField, name, m));
  if (portName !== '' && number !== 0) {
    errors.push(invalid(at, '', 'cannot set both port name & port number'));
  } else if (portName !== '') {
    const field = `${at}.service.port.name`;
    errors.push(...validatePortName(portName).map((m) => invalid(field, portName, m)));
  } else if (number !== 0) {
    const field = `${at}.service.port.number`;
    errors.push(...validatePortNumber(number).map((m) => invalid(field, number, m)));
  } else {
    errors.push(required(at, 'port name or number is required'));
  }
  return errors;
}

function ingressesOf(object: KubernetesObject): { ip?: string; hostname?: string }[] {
  return ((object.status ?? {}) as NonNullable<Ingress['status']>).loadBalancer?.ingress ?? [];
}

function validateStatus(object: KubernetesObject, old: KubernetesObject): FieldError[] {
  const kept = ingressesOf(old).flatMap(({ ip }) => (ip ? [ip] : []));
  return ingressesOf(object).flatMap(({ ip = '', hostname = '' }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`;
    const errors = ip === '' ? [] : validateIP(ip, `${at}.ip`, kept);
    if (hostname === '') return errors;
    const field = `${at}.hostname`;
    errors.push(...validateDNS1123Subdomain(hostname).map((m) => invalid(field, hostname, m)));
    if (parseIP(hostname) !== undefined) errors.push(invalid(field, hostname, NOT_AN_ADDRESS));
    return errors;
  });
}
