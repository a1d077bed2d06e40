import { type FieldError, invalid, required, tooLong } from '../../../apimachinery/field-error.ts';
import {
  byteLength,
  nameIsDNSSubdomain,
  validateDNS1123Label,
  validateDNS1123Subdomain,
} from '../../../apimachinery/names.ts';

/** A namespace, a name, and room for as much again: 63 + 253 + 253 + 2 bytes. */
const MAX_SIGNER_NAME_BYTES = 571;

/** `domain/path`, the name of who signs certificates (certificates.k8s.io). */
export function validateSignerName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const [domain = '', path, ...rest] = name.split('/');
  if (path === undefined || rest.length > 0) {
    const detail =
      'must be a fully qualified domain and path of the form "example.com/signer-name"';
    return [invalid(field, name, detail)];
  }
  const errors = validateDNS1123Subdomain(domain).map((message) =>
    invalid(field, domain, `validating label "${domain}": ${message}`),
  );
  if (!domain.includes('.')) {
    const detail = 'should be a domain with at least two segments separated by dots';
    errors.push(invalid(field, domain, detail));
  }
  for (const label of path.split('.')) {
    errors.push(
      ...validateDNS1123Label(label).map((message) =>
        invalid(field, path, `validating label "${label}": ${message}`),
      ),
    );
  }
  if (byteLength(name) > MAX_SIGNER_NAME_BYTES) {
    errors.push(tooLong(field, MAX_SIGNER_NAME_BYTES));
  }
  return errors;
}

/** Names of trust bundles begin with their signer's, whose slash is a colon there. */
export function validateTrustBundleName(name: string): string[] {
  const [domain = '', path = '', own] = name.split(':');
  if (own === undefined) return nameIsDNSSubdomain(name, false);
  const prefix = `${domain}:${path}:`;
  return nameIsDNSSubdomain(name.slice(prefix.length), false);
}
