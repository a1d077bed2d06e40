/** An address as its bytes, four or sixteen, and whether the text that gave them has a normal form. */
export interface ParsedIP {
  readonly bytes: readonly number[];
  /** Set where a decimal part began with a zero, which some programs read as octal. */
  readonly hasLeadingZeros: boolean;
  /** Set for an IPv4 address that is written as an IPv6 one: `::ffff:1.2.3.4`. */
  readonly isMapped: boolean;
}

export interface ParsedCIDR {
  readonly address: ParsedIP;
  /** Of the four or sixteen bytes. */
  readonly prefixLength: number;
  readonly hasLeadingZeros: boolean;
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** Reads an address as Go's net package did before 1.17; undefined where there is none. */
export function parseIP(text: string): ParsedIP | undefined {
  const parsed = text.includes(':') ? parseIPv6(text) : parseIPv4(text);
  if (parsed === undefined) return undefined;
  const isMapped =
    parsed.bytes.length === 16 && MAPPED_PREFIX.every((byte, i) => parsed.bytes[i] === byte);
  return { ...parsed, bytes: isMapped ? parsed.bytes.slice(12) : parsed.bytes, isMapped };
}

function parseIPv4(text: string): { bytes: number[]; hasLeadingZeros: boolean } | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^[0-9]+$/.test(part) && Number(part) < 256)) return undefined;
  return {
    bytes: parts.map(Number),
    hasLeadingZeros: parts.some((part) => part.length > 1 && part.startsWith('0')),
  };
}

function parseIPv6(text: string): { bytes: number[]; hasLeadingZeros: boolean } | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [parseWords(halves[0] ?? ''), parseWords(halves[1] ?? '')];
  if (head === undefined || tail === undefined) return undefined;
  // Dotted decimals stand at the end only.
  if (halves.length === 2 && (halves[0] ?? '').includes('.')) return undefined;
  const missing = 16 - head.bytes.length - tail.bytes.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return {
    bytes: [...head.bytes, ...Array<number>(missing).fill(0), ...tail.bytes],
    hasLeadingZeros: head.hasLeadingZeros || tail.hasLeadingZeros,
  };
}

function parseWords(text: string): { bytes: number[]; hasLeadingZeros: boolean } | undefined {
  if (text === '') return { bytes: [], hasLeadingZeros: false };
  const parts = text.split(':');
  const bytes: number[] = [];
  let hasLeadingZeros = false;
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const decimals = i === parts.length - 1 ? parseIPv4(part) : undefined;
      if (decimals === undefined) return undefined;
      bytes.push(...decimals.bytes);
      hasLeadingZeros = decimals.hasLeadingZeros;
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const word = Number.parseInt(part, 16);
      bytes.push(word >> 8, word & 255);
    }
  }
  return { bytes, hasLeadingZeros };
}

/** Reads `address/length`; undefined where it is none. */
export function parseCIDR(text: string): ParsedCIDR | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseIP(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,9}$/.test(digits)) return undefined;
  // A mapped address counts the bits of its IPv6 form.
  const prefixLength = Number(digits) - (address.isMapped ? 96 : 0);
  if (prefixLength < 0 || prefixLength > address.bytes.length * 8) return undefined;
  const hasLeadingZeros = address.hasLeadingZeros || (digits.length > 1 && digits.startsWith('0'));
  return { address, prefixLength, hasLeadingZeros };
}

/** The bytes with everything behind the first `length` bits cleared. */
export function maskedBytes(bytes: readonly number[], length: number): number[] {
  return bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, length - i * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

/** Whether an address block contains an address. */
export function containsIP(cidr: ParsedCIDR, bytes: readonly number[]): boolean {
  const { address, prefixLength } = cidr;
  if (address.bytes.length !== bytes.length) return false;
  const [a, b] = [maskedBytes(address.bytes, prefixLength), maskedBytes(bytes, prefixLength)];
  return a.every((byte, i) => byte === b[i]);
}

/** The canonical text of an address (RFC 5952). */
export function formatIP(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0),
  );
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const text = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  return start < 0 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}

/** The canonical text of an address block. */
export const formatCIDR = ({ address, prefixLength }: ParsedCIDR): string =>
  `${formatIP(maskedBytes(address.bytes, prefixLength))}/${prefixLength}`;
