import { type FieldError, invalid, required } from '../../../apimachinery/field-error.ts';
import { validateDNS1123Subdomain } from '../../../apimachinery/names.ts';

/** A domain of at least two segments; a dot at its end is fine. */
export function validateFullyQualifiedDomain(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const messages = validateDNS1123Subdomain(bare);
  if (messages.length > 0) return messages.map((m) => invalid(field, bare, m));
  return hasSegments(bare, 2)
    ? []
    : [invalid(field, bare, 'should be a domain with at least two segments separated by dots')];
}

/** A domain of at least three segments, the form of names of webhooks. */
export function validateFullyQualifiedName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const messages = validateDNS1123Subdomain(name);
  if (messages.length > 0) return [invalid(field, name, messages.join(','))];
  return hasSegments(name, 3)
    ? []
    : [invalid(field, name, 'should be a domain with at least three segments separated by dots')];
}

const hasSegments = (name: string, count: number): boolean => name.split('.').length >= count;
