import { isIPv4, isIPv6 } from './ip-syntax.ts';

export type IPFamily = 'IPv4' | 'IPv6';

/** An address as its eight words of 16 bits; IPv4 addresses are mapped into IPv6. */
export interface ParsedIP {
  readonly words: readonly number[];
  readonly family: IPFamily;
  /** Whether it was written as an IPv4 address, not as one mapped into IPv6. */
  readonly isDotted: boolean;
  readonly hasLeadingZeros: boolean;
}

/** An address and the length of its prefix, in bits of the form that it was written in. */
export interface ParsedBlock {
  readonly address: ParsedIP;
  readonly prefixBits: number;
  readonly hasLeadingZeros: boolean;
}

const withoutLeadingZeros = (dotted: string): string => dotted.replace(/(^|\.)0+(?=[0-9])/g, '$1');

/** Reads an address; leading zeros of IPv4 are read as decimal (netutils.ParseIPSloppy). */
export function parseIP(text: string): ParsedIP | undefined {
  const dotted = /[0-9.]+$/.exec(text)?.[0] ?? '';
  const tail = dotted.includes('.') ? withoutLeadingZeros(dotted) : dotted;
  const clean = text.slice(0, text.length - dotted.length) + tail;
  const hasLeadingZeros = clean !== text;
  if (isIPv4(clean)) {
    return { words: mapped(clean), family: 'IPv4', isDotted: true, hasLeadingZeros };
  }
  if (!isIPv6(clean)) return undefined;
  const words = wordsOf(clean);
  const family = isMapped(words) ? 'IPv4' : 'IPv6';
  return { words, family, isDotted: false, hasLeadingZeros };
}

/** Reads `<address>/<bits>` (netutils.ParseCIDRSloppy). */
export function parseBlock(text: string): ParsedBlock | undefined {
  const slash = text.indexOf('/');
  const bits = text.slice(slash + 1);
  const address = slash < 0 ? undefined : parseIP(text.slice(0, slash));
  if (address === undefined || !/^[0-9]{1,9}$/.test(bits)) return undefined;
  const prefixBits = Number(bits);
  if (prefixBits > addressBits(address)) return undefined;
  return {
    address,
    prefixBits,
    hasLeadingZeros: address.hasLeadingZeros || String(prefixBits) !== bits,
  };
}

export const addressBits = ({ isDotted }: ParsedIP): number => (isDotted ? 32 : 128);

/** The length of a block's prefix, counted in the form that IPv4 addresses are mapped into. */
export const prefixOf = ({ address, prefixBits }: ParsedBlock): number =>
  prefixBits + 128 - addressBits(address);

/** The first address of the block. */
export const networkOf = (block: ParsedBlock): ParsedIP => masked(block.address, prefixOf(block));

/** Whether an address lies in a block of its own family. */
export const containsIP = (block: ParsedBlock, ip: ParsedIP): boolean =>
  block.address.family === ip.family &&
  formatIP(masked(ip, prefixOf(block))) === formatIP(networkOf(block));

function masked(ip: ParsedIP, prefix: number): ParsedIP {
  const words = ip.words.map((word, i) => {
    const bits = Math.min(Math.max(prefix - 16 * i, 0), 16);
    return word & (0xffff << (16 - bits)) & 0xffff;
  });
  return { ...ip, words };
}

/** An IPv4 address that was written as an IPv6 address. */
export const isMappedIP = ({ family, isDotted }: ParsedIP): boolean =>
  family === 'IPv4' && !isDotted;

const isMapped = (words: readonly number[]): boolean =>
  words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;

/** The canonical form (RFC 5952; dotted for IPv4, however it was written). */
export function formatIP({ words }: Pick<ParsedIP, 'words'>): string {
  if (isMapped(words)) {
    return [6, 7].flatMap((i) => [(words[i] ?? 0) >> 8, (words[i] ?? 0) & 0xff]).join('.');
  }
  const { start, length } = longestZeros(words);
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  return length < 2
    ? hex(words)
    : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

/** The canonical form of a block: its first address and its prefix. */
export const formatBlock = (block: ParsedBlock): string =>
  formatWithPrefix(networkOf(block), block);

/** An address with the prefix of a block that it is in. */
export function formatWithPrefix(ip: ParsedIP, { address, prefixBits }: ParsedBlock): string {
  const mappedBits = isMappedIP(address) && isMapped(ip.words) ? 96 : 0;
  return `${formatIP(ip)}/${prefixBits - mappedBits}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start += 1) {
    let length = 0;
    while (words[start + length] === 0) length += 1;
    if (length > longest.length) longest = { start, length };
    start += length;
  }
  return longest;
}

function mapped(dotted: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
}

function wordsOf(text: string): number[] {
  const [left = '', right] = text.split('::');
  const head = wordsOfPart(left);
  if (right === undefined) return head;
  const tail = wordsOfPart(right);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

const wordsOfPart = (text: string): number[] =>
  text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => (part.includes('.') ? mapped(part).slice(6) : [Number.parseInt(part, 16)]));
