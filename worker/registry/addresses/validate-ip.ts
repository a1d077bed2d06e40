import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import {
  formatBlock,
  formatWithPrefix,
  formatIP,
  type IPFamily,
  isMappedIP,
  networkOf,
  parseBlock,
  parseIP,
  type ParsedIP,
} from './parse-ip.ts';

const IP_MESSAGE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_MESSAGE = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** The family of an address, or undefined. An IPv4 address mapped into IPv6 is that IPv4 address. */
export const familyOf = (text: string): IPFamily | undefined => parseIP(text)?.family;

/** The family of an address block, or undefined. */
export const familyOfBlock = (text: string): IPFamily | undefined =>
  parseBlock(text)?.address.family;

/**
 * Validates an address of a field that is older than strict rules (KEP-4858): it need not be
 * canonical. `kept` are values that the object has already, which are taken as they are.
 */
export function validateIP(
  value: string,
  field: string,
  kept: readonly string[] = [],
): FieldError[] {
  const error = kept.includes(value) ? null : legacyIPError(value);
  return error === null ? [] : [invalid(field, value, error)];
}

function legacyIPError(value: string): string | null {
  const ip = parseIP(value);
  if (ip === undefined) return IP_MESSAGE;
  if (ip.hasLeadingZeros) return 'must not have leading 0s';
  return isMappedIP(ip) ? 'must not be an IPv4-mapped IPv6 address' : null;
}

/** As `validateIP`, for address blocks, which have no bits set beyond their prefix. */
export function validateCIDR(
  value: string,
  field: string,
  kept: readonly string[] = [],
): FieldError[] {
  if (kept.includes(value)) return [];
  const block = parseBlock(value);
  if (block === undefined) return [invalid(field, value, CIDR_MESSAGE)];
  if (block.hasLeadingZeros) {
    return [invalid(field, value, 'must not have leading 0s in IP or prefix length')];
  }
  if (isMappedIP(block.address)) {
    return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')];
  }
  const network = networkOf(block);
  return network.words.every((word, i) => word === block.address.words[i])
    ? []
    : [invalid(field, value, 'must not have bits set beyond the prefix length')];
}

/** Validates an address of a newer field, which has to be in canonical form. */
export const validateCanonicalIP = (value: string, field: string): FieldError[] =>
  canonicalIPErrors(value).map((message) => invalid(field, value, message));

/** Why a text is no address in canonical form; empty where it is. */
export function canonicalIPErrors(value: string): string[] {
  const error = legacyIPError(value);
  if (error !== null) return [error];
  const ip = parseIP(value);
  return ip === undefined ? [] : mustBe(formatIP(ip), value);
}

/** As `validateCanonicalIP`, for address blocks. */
export function validateCanonicalCIDR(value: string, field: string): FieldError[] {
  const errors = validateCIDR(value, field);
  const block = parseBlock(value);
  if (errors.length > 0 || block === undefined) return errors;
  return mustBe(formatBlock(block), value).map((message) => invalid(field, value, message));
}

/** Validates the address of an interface: in canonical form, with the length of its network's prefix. */
export function validateInterfaceAddress(value: string, field: string): FieldError[] {
  const block = parseBlock(value);
  if (block === undefined) {
    const detail = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)';
    return [invalid(field, value, detail)];
  }
  const canonical = formatWithPrefix(block.address, block);
  return mustBe(canonical, value).map((message) => invalid(field, value, message));
}

const mustBe = (canonical: string, value: string): string[] =>
  value === canonical ? [] : [`must be in canonical form ("${canonical}")`];

/** Whether there are two addresses, one of each family. */
export function isDualStack(families: readonly (IPFamily | undefined)[]): boolean {
  return families.includes('IPv4') && families.includes('IPv6');
}

/** Addresses that mean the same everywhere, or a node itself, are no endpoints. */
export function validateEndpointIP(value: string, field: string): FieldError[] {
  const ip = parseIP(value);
  if (ip === undefined) return [invalid(field, value, 'must be a valid IP address')];
  return RANGES.flatMap(([has, detail]) =>
    has(ip, ip.words) ? [invalid(field, value, detail(value))] : [],
  );
}

type Range = readonly [
  has: (ip: ParsedIP, words: readonly number[]) => boolean,
  detail: (value: string) => string,
];

const isV4 = ({ family }: ParsedIP): boolean => family === 'IPv4';
const endsWith = (words: readonly number[], zeros: number, last: number): boolean =>
  words.slice(8 - zeros, 7).every((word) => word === 0) && words[7] === last;

const RANGES: readonly Range[] = [
  [
    (ip, words) => endsWith(words, isV4(ip) ? 2 : 8, 0),
    (value) => `may not be unspecified (${value})`,
  ],
  [
    (ip, words) => (isV4(ip) ? (words[6] ?? 0) >> 8 === 127 : endsWith(words, 8, 1)),
    () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    (ip, words) => (isV4(ip) ? words[6] === 0xa9fe : ((words[0] ?? 0) & 0xffc0) === 0xfe80),
    () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ],
  [
    (ip, words) =>
      isV4(ip)
        ? words[6] === 0xe000 && (words[7] ?? 0) >> 8 === 0
        : ((words[0] ?? 0) & 0xff0f) === 0xff02,
    () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
];
