import { type FieldError, invalid, required } from '../../../apimachinery/field-error.ts';
import { validateDNS1123Subdomain } from '../../../apimachinery/names.ts';

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const PATH_TEXT = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** `domain/path`, the form of names of controllers (validation, IsDomainPrefixedPath). */
export function validateDomainPrefixedPath(value: string, field: string): FieldError[] {
  if (value === '') return [required(field)];
  const slash = value.indexOf('/');
  const domain = slash < 0 ? value : value.slice(0, slash);
  const path = slash < 0 ? '' : value.slice(slash + 1);
  if (domain === '' || path === '') {
    return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = validateDNS1123Subdomain(domain).map((m) => invalid(field, domain, m));
  if (!PATH.test(path)) {
    const detail = `Invalid path (regex used for validation is '${PATH_TEXT}')`;
    errors.push(invalid(field, path, detail));
  }
  return errors;
}
