import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import { formatCIDR, formatIP, maskedBytes, parseCIDR, parseIP } from './ip-bytes.ts';

/**
 * The strict rules for addresses (KEP-4858): what different programs read differently is refused.
 * Fields that are older than the rules keep what they have.
 */

/** An address of a field that is older than the rules; what `kept` has may stay. */
export function validateLegacyIP(
  value: string,
  field: string,
  kept: readonly string[] = [],
): FieldError[] {
  if (kept.includes(value)) return [];
  const ip = parseIP(value);
  if (ip === undefined) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    return [invalid(field, value, detail)];
  }
  if (ip.hasLeadingZeros) return [invalid(field, value, 'must not have leading 0s')];
  return ip.isMapped ? [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** An address in canonical form. */
export function validateCanonicalIP(value: string, field: string): FieldError[] {
  const errors = validateLegacyIP(value, field);
  const ip = parseIP(value);
  if (errors.length > 0 || ip === undefined) return errors;
  const canonical = formatIP(ip.bytes);
  return value === canonical
    ? []
    : [invalid(field, value, `must be in canonical form ("${canonical}")`)];
}

/** An address block of a field that is older than the rules; what `kept` has may stay. */
export function validateLegacyCIDR(
  value: string,
  field: string,
  kept: readonly string[] = [],
): FieldError[] {
  if (kept.includes(value)) return [];
  const cidr = parseCIDR(value);
  if (cidr === undefined) {
    const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    return [invalid(field, value, detail)];
  }
  const { address, prefixLength } = cidr;
  if (cidr.hasLeadingZeros) {
    return [invalid(field, value, 'must not have leading 0s in IP or prefix length')];
  }
  if (address.isMapped) {
    return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')];
  }
  return formatIP(address.bytes) === formatIP(maskedBytes(address.bytes, prefixLength))
    ? []
    : [invalid(field, value, 'must not have bits set beyond the prefix length')];
}

/** An address block in canonical form. */
export function validateCanonicalCIDR(value: string, field: string): FieldError[] {
  const errors = validateLegacyCIDR(value, field);
  const cidr = parseCIDR(value);
  if (errors.length > 0 || cidr === undefined) return errors;
  const canonical = formatCIDR(cidr);
  return value === canonical
    ? []
    : [invalid(field, value, `must be in canonical form ("${canonical}")`)];
}

/** What a client should know about an address that is accepted. */
export function ipWarnings(value: string, field: string): string[] {
  const ip = parseIP(value);
  if (ip === undefined) return [];
  const canonical = formatIP(ip.bytes);
  if (ip.hasLeadingZeros || ip.isMapped) {
    return [
      `${field}: non-standard IP address "${value}" will be considered invalid in a future Kubernetes release: use "${canonical}"`,
    ];
  }
  return value === canonical
    ? []
    : [`${field}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${canonical}")`];
}

/** The same of an address block. */
export function cidrWarnings(value: string, field: string): string[] {
  const cidr = parseCIDR(value);
  if (cidr === undefined) return [];
  const { address, prefixLength, hasLeadingZeros } = cidr;
  const canonical = formatCIDR(cidr);
  if (hasLeadingZeros || address.isMapped) {
    return [
      `${field}: non-standard CIDR value "${value}" will be considered invalid in a future Kubernetes release: use "${canonical}"`,
    ];
  }
  const own = formatIP(address.bytes);
  if (own !== formatIP(maskedBytes(address.bytes, prefixLength))) {
    const single = `${own}/${address.bytes.length * 8}`;
    return [
      `${field}: CIDR value "${value}" is ambiguous in this context (should be "${canonical}" or "${single}"?)`,
    ];
  }
  return value === canonical
    ? []
    : [
        `${field}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${canonical}")`,
      ];
}
