import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateDNS1035Label,
  validateDNS1123Subdomain,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import { base64Error, decodeBase64Text } from '../../base64.ts';
import type { CustomResourceDefinition, WebhookConversion } from '../types.ts';

type ConversionSpec = NonNullable<CustomResourceDefinition['spec']['conversion']>;

/** Versions of ConversionReview that API servers know. */
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const DEFAULT_PORT = 443;

export interface ConversionRules {
  /** Whether one of the review versions must be known. */
  readonly requireKnownReview: boolean;
  readonly allowInvalidCABundle: boolean;
}

export function validateConversion(
  conversion: ConversionSpec | undefined,
  path: string,
  rules: ConversionRules,
): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const errors: FieldError[] = [];
  if (strategy === '') errors.push(required(`${path}.strategy`));
  else if (strategy !== 'None' && strategy !== 'Webhook') {
    errors.push(notSupported(`${path}.strategy`, strategy, ['None', 'Webhook']));
  }
  const reviews = webhook?.conversionReviewVersions ?? [];
  if (strategy === 'Webhook') {
    return [
      ...errors,
      ...validateClient(webhook?.clientConfig, `${path}.webhookClientConfig`, rules),
      ...validateReviews(reviews, `${path}.conversionReviewVersions`, rules.requireKnownReview),
    ];
  }
  const detail = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig !== undefined) {
    errors.push(forbidden(`${path}.webhookClientConfig`, detail));
  }
  if (reviews.length > 0) errors.push(forbidden(`${path}.conversionReviewVersions`, detail));
  return errors;
}

function validateClient(
  client: WebhookConversion['clientConfig'],
  path: string,
  rules: ConversionRules,
): FieldError[] {
  if (client === undefined) return [required(path, 'required when strategy is set to Webhook')];
  const { url, service, caBundle = '' } = client;
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'));
  } else if (url !== undefined) errors.push(...validateURL(url, `${path}.url`));
  else if (service !== undefined) errors.push(...validateService(service, `${path}.service`));
  if (caBundle !== '' && !rules.allowInvalidCABundle && !isCABundle(caBundle)) {
    const detail = 'unable to load root certificates: unable to parse bytes as PEM block';
    errors.push(invalid(`${path}.caBundle`, caBundle, detail));
  }
  return errors;
}

/** Whether bytes, in base64, hold a certificate as PEM. */
export function isCABundle(bundle: string): boolean {
  const marker = '-----BEGIN CERTIFICATE-----';
  return base64Error(bundle) === undefined && decodeBase64Text(bundle).includes(marker);
}

const FORM = '; desired format: https://host[/path]';
const URL_PARTS =
  /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i;

function validateURL(url: string, field: string): FieldError[] {
  const [, scheme = '', user, host = '', , query = '', fragment = ''] = URL_PARTS.exec(url) ?? [];
  const errors: FieldError[] = [];
  if (scheme !== 'https') {
    errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${FORM}`));
  }
  if (host === '') errors.push(invalid(field, host, `host must be specified${FORM}`));
  if (user !== undefined) {
    errors.push(invalid(field, user, 'user information is not permitted in the URL'));
  }
  if (fragment !== '') {
    errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'));
  }
  if (query !== '') {
    errors.push(invalid(field, query, 'query parameters are not permitted in the URL'));
  }
  return errors;
}

interface ServiceReference {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

function validateService(service: ServiceReference, field: string): FieldError[] {
  const { name, namespace, path, port = DEFAULT_PORT } = service;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${field}.name`, 'service name is required'));
  if (namespace === '')
    errors.push(required(`${field}.namespace`, 'service namespace is required'));
  const messages = validatePortNumber(port);
  if (messages.length > 0) {
    errors.push(invalid(`${field}.port`, port, `port is not valid: ${messages.join(',')}`));
  }
  return path === undefined ? errors : [...errors, ...validatePath(path, `${field}.path`)];
}

function validatePath(path: string, field: string): FieldError[] {
  if (path === '/' || path === '') return [];
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')];
  const errors: FieldError[] = [];
  if (!path.startsWith('/')) errors.push(invalid(field, path, "must start with a '/'"));
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  for (const [i, step] of steps.entries()) {
    if (step === '') errors.push(invalid(field, path, `segment[${i}] may not be empty`));
    else {
      const messages = validateDNS1123Subdomain(step);
      errors.push(...messages.map((m) => invalid(field, path, `segment[${i}]: ${m}`)));
    }
  }
  return errors;
}

function validateReviews(
  versions: readonly string[],
  field: string,
  requireKnown: boolean,
): FieldError[] {
  if (versions.length === 0) return [required(field)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${field}[${i}]`, version, 'duplicate version')]
      : validateDNS1035Label(version).map((m) => invalid(`${field}[${i}]`, version, m)),
  );
  if (requireKnown && !hasKnownReview(versions)) {
    const detail = `must include at least one of ${REVIEW_VERSIONS.join(', ')}`;
    errors.push(invalid(field, versions, detail));
  }
  return errors;
}

export const hasKnownReview = (versions: readonly string[]): boolean =>
  versions.some((version) => REVIEW_VERSIONS.includes(version));
