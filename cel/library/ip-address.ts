import { quoteText } from '../../apimachinery/field-error.ts';

/** An address as number, with its width; a zone only as long as nobody has refused it. */
export interface Address {
  readonly bits: bigint;
  /** 32 or 128. */
  readonly width: 32 | 128;
  readonly zone: string;
}

/** A text that is no address or prefix; the message is that of Go's net/netip. */
export class AddressError extends Error {}

const fail = (input: string, message: string, at = ''): never => {
  const where = at === '' ? '' : ` (at ${quoteText(at)})`;
  throw new AddressError(`ParseAddr(${quoteText(input)}): ${message}${where}`);
};

/** Parses an IPv4 or IPv6 address strictly. Throws an AddressError. */
export function parseAddress(text: string): Address {
  const first = /[.:%]/.exec(text)?.[0];
  switch (first) {
    case '.':
      return { bits: parseIPv4(text, text), width: 32, zone: '' };
    case ':':
      return parseIPv6(text);
    case '%':
      return fail(text, 'missing IPv6 address');
    default:
      return fail(text, 'unable to parse IP');
  }
}

function parseIPv4(input: string, text: string): bigint {
  let value = 0;
  let digits = 0;
  const fields: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (/\d/.test(character)) {
      if (digits === 1 && value === 0) fail(input, 'IPv4 field has octet with leading zero');
      value = value * 10 + Number(character);
      digits++;
      if (value > 255) fail(input, 'IPv4 field has value >255');
    } else if (character === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') {
        fail(input, 'IPv4 field must have at least one digit', text.slice(i));
      }
      if (fields.length === 3) fail(input, 'IPv4 address too long');
      fields.push(value);
      value = 0;
      digits = 0;
    } else fail(input, 'unexpected character', text.slice(i));
  }
  if (fields.length < 3) fail(input, 'IPv4 address too short');
  return [...fields, value].reduce((bits, field) => (bits << 8n) | BigInt(field), 0n);
}

function parseIPv6(input: string): Address {
  const percent = input.indexOf('%');
  const zone = percent < 0 ? '' : input.slice(percent + 1);
  if (percent >= 0 && zone === '') fail(input, 'zone must be a non-empty string');
  let rest = percent < 0 ? input : input.slice(0, percent);
  const fields: bigint[] = [];
  /** How many fields stand before the `::`. */
  let ellipsis: number | undefined;
  if (rest.startsWith('::')) {
    ellipsis = 0;
    rest = rest.slice(2);
  }
  while (rest !== '' && fields.length < 8) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
    if (digits.length > 4) fail(input, 'each group must have 4 or less digits', rest);
    if (digits === '') {
      fail(input, 'each colon-separated field must have at least one digit', rest);
    }
    if (rest[digits.length] === '.') {
      if (ellipsis === undefined && fields.length !== 6) {
        fail(input, 'embedded IPv4 address must replace the final 2 fields of the address', rest);
      }
      if (fields.length > 6) {
        const message = 'too many hex fields to fit an embedded IPv4 at the end of the address';
        fail(input, message, rest);
      }
      const embedded = parseIPv4(input, rest);
      fields.push(embedded >> 16n, embedded & 0xffffn);
      rest = '';
      break;
    }
    fields.push(BigInt(`0x${digits}`));
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (!rest.startsWith(':')) fail(input, 'unexpected character, want colon', rest);
    if (rest.length === 1) fail(input, 'colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest.startsWith(':')) {
      if (ellipsis !== undefined) fail(input, 'multiple :: in address', rest);
      ellipsis = fields.length;
      rest = rest.slice(1);
    }
  }
  if (rest !== '') fail(input, 'trailing garbage after address', rest);
  if (fields.length < 8) {
    if (ellipsis === undefined) fail(input, 'address string too short');
    fields.splice(ellipsis ?? 0, 0, ...Array.from({ length: 8 - fields.length }, () => 0n));
  } else if (ellipsis !== undefined) {
    fail(input, 'the :: must expand to at least one field of zeros');
  }
  return { bits: fields.reduce((bits, field) => (bits << 16n) | field, 0n), width: 128, zone };
}

/** The canonical text (RFC 5952). */
export function formatAddress({ bits, width }: Address): string {
  if (width === 32) {
    return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
  }
  const fields = Array.from({ length: 8 }, (_, i) => (bits >> BigInt(112 - 16 * i)) & 0xffffn);
  const text = fields.map((field) => field.toString(16)).join(':');
  // The longest run of at least two zero fields is left out, the first of several.
  const runs = Array.from(text.matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g));
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

export const isIPv4Mapped = ({ bits, width }: Address): boolean =>
  width === 128 && bits >> 32n === 0xffffn;

/** Whether the first `length` bits of two addresses of the same width are the same. */
export const hasSamePrefix = (a: Address, b: Address, length: number): boolean =>
  a.width === b.width && a.bits >> BigInt(a.width - length) === b.bits >> BigInt(a.width - length);

/** Parses `address/length`. Throws an AddressError with the words of netip.ParsePrefix. */
export function parsePrefix(text: string): { address: Address; length: number } {
  const refuse = (message: string): never => {
    throw new AddressError(`netip.ParsePrefix(${quoteText(text)}): ${message}`);
  };
  const slash = text.lastIndexOf('/');
  if (slash < 0) return refuse("no '/'");
  let address: Address;
  try {
    address = parseAddress(text.slice(0, slash));
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return refuse(error.message);
  }
  if (address.zone !== '') refuse('IPv6 zones cannot be present in a prefix');
  const lengthText = text.slice(slash + 1);
  if (!/^(?:\d|[1-9]\d+)$/.test(lengthText)) {
    refuse(`bad bits after slash: ${quoteText(lengthText)}`);
  }
  const length = Number(lengthText);
  if (length > address.width) refuse('prefix length out of range');
  return { address, length };
}
