import { parseRequestURI, URLError } from '../../../../cel/library/go-url.ts';
import { type FieldError, invalid, required } from '../../../../apimachinery/field-error.ts';
import { validateDNS1123Subdomain, validatePortNumber } from '../../../../apimachinery/names.ts';

/** How to call a webhook: by its URL, or as a Service of the cluster. */
export interface WebhookClient {
  url?: string;
  service?: { name?: string; namespace?: string; path?: string; port?: number };
  caBundle?: string;
}

const FORM = '; desired format: https://host[/path]';
/** Of a Service that names none. */
export const HTTPS_PORT = 443;

export function setClientDefaults(client: WebhookClient | undefined): void {
  if (client?.service !== undefined) client.service.port ??= HTTPS_PORT;
}

export function validateWebhookClient(client: WebhookClient, at: string): FieldError[] {
  const { url, service } = client;
  if (url !== undefined && service === undefined) return validateURL(url, `${at}.url`);
  return service !== undefined && url === undefined
    ? validateService(service, `${at}.service`)
    : [required(at, 'exactly one of url or service is required')];
}

/** A reference without a scheme is a path to Go's parser. */
const parse = (text: string) =>
  parseRequestURI(/^[a-z][a-z0-9+.-]*:|^[:/]/i.test(text) ? text : `/${text}`);

function validateURL(text: string, field: string): FieldError[] {
  const hash = text.indexOf('#');
  const fragment = hash < 0 ? '' : text.slice(hash + 1);
  const errors: FieldError[] = [];
  try {
    const { scheme, host, user, rawQuery } = parse(hash < 0 ? text : text.slice(0, hash));
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
    if (rawQuery !== '') {
      errors.push(invalid(field, rawQuery, 'query parameters are not permitted in the URL'));
    }
    return errors;
  } catch (error) {
    if (!(error instanceof URLError)) throw error;
    return [required(field, `url must be a valid URL: ${error.message}${FORM}`)];
  }
}

function validateService(service: NonNullable<WebhookClient['service']>, at: string): FieldError[] {
  const { name = '', namespace = '', path, port = 0 } = service;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${at}.name`, 'service name is required'));
  if (namespace === '') {
    errors.push(required(`${at}.namespace`, 'service namespace is required'));
  }
  const messages = validatePortNumber(port);
  if (messages.length > 0) {
    errors.push(invalid(`${at}.port`, port, `port is not valid: ${messages.join(',')}`));
  }
  return path === undefined ? errors : [...errors, ...validatePath(path, `${at}.path`)];
}

function validatePath(path: string, field: string): FieldError[] {
  if (path === '/' || path === '') return [];
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')];
  const errors = path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")];
  const inner = path.slice(1);
  const steps = (inner.endsWith('/') ? inner.slice(0, -1) : inner).split('/');
  steps.forEach((step, i) => {
    const messages = step === '' ? [' may not be empty'] : prefixed(validateDNS1123Subdomain(step));
    errors.push(...messages.map((m) => invalid(field, path, `segment[${i}]${m}`)));
  });
  return errors;
}

const prefixed = (messages: readonly string[]): string[] => messages.map((m) => `: ${m}`);
