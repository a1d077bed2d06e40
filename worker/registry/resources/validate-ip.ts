import { type FieldError, invalid } from '../../../apimachinery/field-error.ts';
import { isIPv4, isIPv6 } from './ip-address.ts';

const IP_MESSAGE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_MESSAGE = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export type IPFamily = 'IPv4' | 'IPv6';

/** The family of an address, or undefined. Leading zeros are read as decimal, as they always were. */
export function familyOf(text: string): IPFamily | undefined {
  if (isIPv4(withoutLeadingZeros(text))) return 'IPv4';
  if (!isIPv6(text)) return undefined;
  // An IPv4 address mapped into IPv6 is that IPv4 address.
  return /^::ffff:[0-9.]+$/i.test(text) ? 'IPv4' : 'IPv6';
}

const withoutLeadingZeros = (text: string): string =>
  /^[0-9.]+$/.test(text) ? text.replace(/(^|\.)0+(?=[0-9])/g, '$1') : text;

/** The family of an address block, or undefined. */
export function familyOfBlock(text: string): IPFamily | undefined {
  const [address = '', bits = '', ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0 || !/^[0-9]{1,3}$/.test(bits)) return undefined;
  const most = address.includes(':') ? 128 : 32;
  return Number(bits) <= most ? family : undefined;
}

export const validateIP = (value: string, field: string): FieldError[] =>
  familyOf(value) === undefined ? [invalid(field, value, IP_MESSAGE)] : [];

export const validateCIDR = (value: string, field: string): FieldError[] =>
  familyOfBlock(value) === undefined ? [invalid(field, value, CIDR_MESSAGE)] : [];

/** Whether there are two addresses, one of each family. */
export function isDualStack(families: readonly (IPFamily | undefined)[]): boolean {
  return families.includes('IPv4') && families.includes('IPv6');
}

/** Addresses that mean the same everywhere, or a node itself, are no endpoints. */
export function validateNonSpecialIP(value: string, field: string): FieldError[] {
  if (familyOf(value) === undefined) return [invalid(field, value, 'must be a valid IP address')];
  const words = expand(value);
  const is = (test: (first: number, second: number, rest: boolean) => boolean): boolean =>
    test(
      words[0] ?? 0,
      words[1] ?? 0,
      words.slice(1).every((w) => w === 0),
    );
  const v4 = words.length === 4;
  const errors: FieldError[] = [];
  if (words.every((w) => w === 0)) {
    errors.push(invalid(field, value, `may not be unspecified (${value})`));
  }
  const isLoopback = v4
    ? words[0] === 127
    : words.slice(0, -1).every((w) => w === 0) && words.at(-1) === 1;
  if (isLoopback) {
    errors.push(invalid(field, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (is((a, b) => (v4 ? a === 169 && b === 254 : (a & 0xffc0) === 0xfe80))) {
    const detail = 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
    errors.push(invalid(field, value, detail));
  }
  const isMulticast = v4
    ? words[0] === 224 && words[1] === 0 && words[2] === 0
    : is((a) => (a & 0xff0f) === 0xff02);
  if (isMulticast) {
    const detail = 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
    errors.push(invalid(field, value, detail));
  }
  return errors;
}

/** Four bytes of an IPv4 address, eight words of an IPv6 address. */
function expand(address: string): number[] {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (!address.includes(':') || mapped !== undefined) {
    return withoutLeadingZeros(mapped ?? address)
      .split('.')
      .map(Number);
  }
  const [left = '', right] = address.split('::');
  const head = wordsOf(left);
  if (right === undefined) return head;
  const tail = wordsOf(right);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function wordsOf(text: string): number[] {
  return text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => {
      if (!part.includes('.')) return [Number.parseInt(part, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    });
}
