import { base64Error, decodeBase64Text } from '../../base64.ts';

export interface PEMBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  /** The content in base64, without line breaks. */
  readonly base64: string;
}

const BLOCK = /-----BEGIN ([^\n\r]*?)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----[ \t]*(?:\r?\n|$)/g;

/**
 * The PEM blocks of bytes that are given in base64, as Go's pem.Decode finds them: what is not a
 * block is skipped, and so are blocks whose content is no base64.
 */
export function pemBlocks(bytes: string): PEMBlock[] {
  let text: string;
  try {
    text = decodeBase64Text(bytes.replace(/[\r\n]/g, ''));
  } catch {
    // Bytes that are no text hold no blocks that anybody could have written.
    return [];
  }
  return Array.from(text.matchAll(BLOCK)).flatMap((match) => {
    const [, type = '', body = ''] = match;
    const lines = body.split(/\r?\n/);
    const headers = lines.filter((line) => line.includes(':'));
    const base64 = lines
      .filter((line) => !line.includes(':'))
      .join('')
      .replace(/[ \t]/g, '');
    return base64Error(base64) === undefined
      ? [{ type, hasHeaders: headers.length > 0, base64 }]
      : [];
  });
}

/** Whether the content is one DER sequence, which certificates and requests for them are. */
export function isDERSequence({ base64 }: PEMBlock): boolean {
  const bytes = bytesOf(base64);
  const [tag, first = 0] = bytes;
  if (tag !== 0x30) return false;
  if (first < 0x80) return bytes.length === first + 2;
  const count = first - 0x80;
  if (count < 1 || count > 4) return false;
  const length = bytes.slice(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return bytes.length === 2 + count + length;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function bytesOf(base64: string): number[] {
  const digits = Array.from(base64.replace(/=+$/, ''), (c) => ALPHABET.indexOf(c));
  const bytes: number[] = [];
  for (let i = 0; i + 1 < digits.length; i += 4) {
    const [a = 0, b = 0, c, d] = digits.slice(i, i + 4);
    bytes.push(((a << 2) | (b >> 4)) & 255);
    if (c !== undefined) bytes.push(((b << 4) | (c >> 2)) & 255);
    if (c !== undefined && d !== undefined) bytes.push(((c << 6) | d) & 255);
  }
  return bytes;
}
