import { encodeUTF8 } from '../../apimachinery/utf8.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

interface Quoted {
  readonly body: string;
  readonly raw: boolean;
}

/** Takes prefix and quotes off a literal. */
function unquote(literal: string): Quoted {
  const start = /^[bB]?([rR]?)/.exec(literal);
  const text = literal.slice(start?.[0].length ?? 0);
  const width = text.length >= 6 && /^("""|''')/.test(text) ? 3 : 1;
  // Line ends are normalized before anything else, in raw literals too.
  const body = text.slice(width, text.length - width).replaceAll(/\r\n?/g, '\n');
  return { body, raw: start?.[1] !== '' };
}

const ESCAPES = /\\(?:([xX])([0-9a-fA-F]{2})|([uU])([0-9a-fA-F]+)|([0-7]{3})|([\s\S]))/g;

/** The text of a string literal. Throws an Error with cel-go's words when an escape names no character. */
export function parseStringLiteral(literal: string): string {
  const { body, raw } = unquote(literal);
  if (raw) return body;
  return body.replaceAll(
    ESCAPES,
    (_all, _x, hex?: string, _u?: string, unicode?: string, octal?: string, simple?: string) => {
      if (simple !== undefined) return SIMPLE_ESCAPES[simple] ?? simple;
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const code = Number.parseInt(hex ?? unicode ?? '', 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        throw new Error('invalid unicode code point');
      }
      return String.fromCodePoint(code);
    },
  );
}

/** The bytes of a `b"…"` literal: characters as UTF-8, `\x` and octal escapes as single bytes. */
export function parseBytesLiteral(literal: string): Uint8Array {
  const { body, raw } = unquote(literal);
  if (raw) return encodeUTF8(body);
  const bytes: number[] = [];
  let at = 0;
  const append = (text: string): void => {
    for (const byte of encodeUTF8(text)) bytes.push(byte);
  };
  for (const match of body.matchAll(ESCAPES)) {
    append(body.slice(at, match.index));
    at = match.index + match[0].length;
    const [, , hex, unicodeKind, , octal, simple] = match;
    if (unicodeKind !== undefined) throw new Error('unable to unescape string');
    if (simple !== undefined) append(SIMPLE_ESCAPES[simple] ?? simple);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(Number.parseInt(octal ?? '', 8));
  }
  append(body.slice(at));
  return Uint8Array.from(bytes);
}
