import { AddressError, parseAddress } from '../../../../cel/library/ip-address.ts';

/** An address in either family; IPv4 may have leading zeros, as net.ParseIP once had it. */
function isAddress(text: string): boolean {
  try {
    parseAddress(text.replaceAll(/(?<=^|[.:])0+(?=\d+(?:\.|$))/g, ''));
    return !text.includes('%');
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}

export const isIPv4 = (text: string): boolean => isAddress(text) && text.includes('.');
export const isIPv6 = (text: string): boolean => isAddress(text) && text.includes(':');

/** An address, a slash, and how many bits of it count. */
export function isCIDR(text: string): boolean {
  const slash = text.lastIndexOf('/');
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,3}$/.test(length) || !isAddress(address)) return false;
  return Number(length) <= (address.includes(':') ? 128 : 32);
}
