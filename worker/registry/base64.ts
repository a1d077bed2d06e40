import { encodeUTF8 } from '../../apimachinery/utf8.ts';

/**
 * Standard base64 with padding, as the API writes bytes. Written out because pure folders have no
 * platform functions for it.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(Array.from(ALPHABET, (c, i) => [c, i]));

/** The base64 of a text's UTF-8 bytes. */
export function encodeBase64Text(text: string): string {
  const bytes = encodeUTF8(text);
  let encoded = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.slice(i, i + 3);
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    encoded += ALPHABET[word >> 18];
    encoded += ALPHABET[(word >> 12) & 63];
    encoded += b === undefined ? '=' : ALPHABET[(word >> 6) & 63];
    encoded += c === undefined ? '=' : ALPHABET[word & 63];
  }
  return encoded;
}

/** The text that a base64 text encodes byte for byte; throws an Error when it is malformed. */
export function decodeBase64Text(base64: string): string {
  const error = base64Error(base64);
  if (error !== undefined) throw new Error(error);
  let escaped = '';
  for (const byte of bytesOf(base64)) escaped += `%${byte.toString(16).padStart(2, '0')}`;
  return decodeURIComponent(escaped);
}

/** The bytes of a base64 text, each as one character; none for what is no base64. */
export const decodeBase64Bytes = (base64: string): string =>
  base64Error(base64) === undefined
    ? Array.from(bytesOf(base64), (byte) => String.fromCharCode(byte)).join('')
    : '';

function* bytesOf(base64: string): Generator<number> {
  for (let i = 0; i < base64.length; i += 4) {
    const word = [0, 1, 2, 3].reduce(
      (w, j) => (w << 6) | (VALUES.get(base64[i + j] ?? '') ?? 0),
      0,
    );
    const padding = base64[i + 2] === '=' ? 2 : base64[i + 3] === '=' ? 1 : 0;
    for (let shift = 16; shift >= padding * 8; shift -= 8) {
      yield (word >> shift) & 255;
    }
  }
}

/** What is wrong with a text as base64, in Go's words, or undefined. Line breaks are ignored. */
export function base64Error(text: string): string | undefined {
  const at = firstBadByte(text);
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

function firstBadByte(text: string): number | undefined {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let count = 0;
  let index = 0;
  for (; index < text.length; index++) {
    const c = text[index] ?? '';
    if (c === '\n' || c === '\r') continue;
    if (VALUES.has(c)) count++;
    else break;
  }
  if (index === text.length) {
    return count % 4 === 0 ? undefined : count - (count % 4);
  }
  if (text[index] !== '=' || count % 4 < 2) return index;
  const padding = text.slice(index).replace(/[\r\n]/g, '');
  const wanted = 4 - (count % 4);
  if (padding === '='.repeat(wanted)) return undefined;
  return padding.length < wanted ? text.length : index + wanted;
}
