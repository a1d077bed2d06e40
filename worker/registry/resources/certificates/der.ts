/** One value of DER: its tag, and its content as bytes, each a character. */
export interface DERValue {
  readonly tag: number;
  readonly content: string;
}

export const SEQUENCE = 0x30;
export const OBJECT_ID = 0x06;

/** The values in a sequence; none in what is no sequence. */
export const childrenOf = (value: DERValue | undefined): DERValue[] =>
  value?.tag === SEQUENCE ? valuesOf(value.content) : [];

/** The values in a row of bytes; none from where they are not DER. */
export function valuesOf(bytes: string): DERValue[] {
  const values: DERValue[] = [];
  let at = 0;
  while (at + 1 < bytes.length) {
    const tag = bytes.charCodeAt(at);
    const first = bytes.charCodeAt(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 4) break;
    const start = at + 2 + lengthBytes;
    let length = first;
    if (lengthBytes > 0) {
      length = 0;
      for (let i = at + 2; i < start; i++) length = length * 256 + bytes.charCodeAt(i);
    }
    if (!(start + length <= bytes.length)) break;
    values.push({ tag, content: bytes.slice(start, start + length) });
    at = start + length;
  }
  return values;
}

const BMP_STRING = 0x1e;

/** The text of a string of any of ASN.1's alphabets. */
export function textOf({ tag, content }: DERValue): string {
  const bytes = Array.from(content, (byte) => byte.charCodeAt(0));
  if (tag === BMP_STRING) {
    return bytes.reduce(
      (text, byte, i) =>
        i % 2 === 0 ? text : text + String.fromCharCode((bytes[i - 1] ?? 0) * 256 + byte),
      '',
    );
  }
  try {
    return decodeURIComponent(bytes.map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    // Not UTF-8, so an older alphabet, in which every byte is a character.
    return content;
  }
}
