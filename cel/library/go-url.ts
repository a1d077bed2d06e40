import { decodeUTF8, encodeUTF8 } from '../../apimachinery/utf8.ts';
import { quoteText } from '../../apimachinery/field-error.ts';

/** A request URI taken apart as Go's url.ParseRequestURI does: absolute, and no fragment is known. */
export interface ParsedURL {
  readonly scheme: string;
  readonly opaque: string;
  /** User information as written, undefined where there is none. */
  readonly user: string | undefined;
  readonly host: string;
  /** As written. */
  readonly rawPath: string;
  readonly path: string;
  readonly rawQuery: string;
  /** Whether it ends in a bare `?`. */
  readonly forceQuery: boolean;
}

/** A text that is no URL; the message is Go's. */
export class URLError extends Error {}

type Part = 'path' | 'host' | 'query' | 'user';

const UNRESERVED = /[A-Za-z0-9\-_.~]/;
/** Characters that may stand unescaped in a part besides the unreserved ones. */
const PLAIN: Readonly<Record<Part, RegExp>> = {
  path: /[$&+,/:;=@]/,
  host: /[!$&'()*+,;=:[\]<>"]/,
  query: /(?!)/,
  user: /[$&+,;=]/,
};

const shouldEscape = (character: string, part: Part): boolean =>
  !UNRESERVED.test(character) && !PLAIN[part].test(character);

/** Resolves %-escapes. Throws a URLError for those that are none, or that the part may not have. */
function unescape(text: string, part: Part): string {
  const bytes: number[] = [];
  let at = 0;
  const append = (plain: string): void => {
    if (part === 'host') {
      const bad = Array.from(plain).find(
        (character) => character < '\u0080' && shouldEscape(character, 'host'),
      );
      if (bad !== undefined) throw new URLError(`invalid character ${quoteText(bad)} in host name`);
    }
    const shown = part === 'query' ? plain.replaceAll('+', ' ') : plain;
    for (const byte of encodeUTF8(shown)) bytes.push(byte);
  };
  for (let escape = text.indexOf('%'); escape >= 0; escape = text.indexOf('%', at)) {
    append(text.slice(at, escape));
    const digits = text.slice(escape + 1, escape + 3);
    const isEscape = /^[0-9a-fA-F]{2}$/.test(digits);
    const byte = Number.parseInt(digits, 16);
    if (!isEscape || (part === 'host' && byte < 0x80 && digits !== '25')) {
      throw new URLError(`invalid URL escape ${quoteText(`%${digits}`)}`);
    }
    bytes.push(byte);
    at = escape + 3;
  }
  append(text.slice(at));
  return decodeUTF8(Uint8Array.from(bytes)) ?? text;
}

function escape(text: string, part: Part): string {
  return Array.from(text, (character) => {
    if (!shouldEscape(character, part)) return character;
    return Array.from(
      encodeUTF8(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  }).join('');
}

function parseHost(host: string): string {
  const refusePort = (port: string): never => {
    throw new URLError(`invalid port ${quoteText(port)} after host`);
  };
  const isPort = (text: string): boolean => text === '' || /^:\d*$/.test(text);
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) throw new URLError("missing ']' in host");
    const port = host.slice(end + 1);
    if (!isPort(port)) refusePort(port);
  } else {
    const colon = host.lastIndexOf(':');
    if (colon >= 0 && !isPort(host.slice(colon))) refusePort(host.slice(colon));
  }
  return unescape(host, 'host');
}

function parseAuthority(authority: string): { user: string | undefined; host: string } {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) {
    throw new URLError('net/url: invalid userinfo');
  }
  unescape(user, 'user');
  return { user, host };
}

function splitScheme(text: string): { scheme: string; rest: string } {
  if (text.startsWith(':')) throw new URLError('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  if (match === null) return { scheme: '', rest: text };
  return { scheme: (match[1] ?? '').toLowerCase(), rest: text.slice(match[0].length) };
}

/** Throws a URLError with the whole message of Go's url.ParseRequestURI. */
export function parseRequestURI(text: string): ParsedURL {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof URLError)) throw error;
    throw new URLError(`parse ${quoteText(text)}: ${error.message}`);
  }
}

function parse(text: string): ParsedURL {
  // Go looks at bytes: the control characters beyond ASCII pass.
  if (/[\p{Cc}&&\p{ASCII}]/v.test(text)) {
    throw new URLError('net/url: invalid control character in URL');
  }
  if (text === '') throw new URLError('empty url');
  const nothing = { opaque: '', user: undefined, host: '', rawQuery: '', forceQuery: false };
  if (text === '*') return { ...nothing, scheme: '', rawPath: '*', path: '*' };
  const { scheme, rest: afterScheme } = splitScheme(text);
  const question = afterScheme.indexOf('?');
  const forceQuery = question >= 0 && question === afterScheme.length - 1;
  const rawQuery = question < 0 ? '' : afterScheme.slice(question + 1);
  let rest = question < 0 ? afterScheme : afterScheme.slice(0, question);
  const common = { ...nothing, scheme, rawQuery, forceQuery };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...common, opaque: rest, rawPath: '', path: '' };
    throw new URLError('invalid URI for request');
  }
  let authority: { user: string | undefined; host: string } = { user: undefined, host: '' };
  if (scheme !== '' && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    authority = parseAuthority(slash < 0 ? rest.slice(2) : rest.slice(2, slash));
    rest = slash < 0 ? '' : rest.slice(slash);
  }
  return { ...common, ...authority, rawPath: rest, path: unescape(rest, 'path') };
}

/** The path with escapes: as written where that is valid, else escaped afresh. */
export function escapedPath({ rawPath, path }: ParsedURL): string {
  const isValid = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/.test(rawPath);
  if (isValid || path === '*') return rawPath;
  return escape(path, 'path');
}

/** Host without port and brackets. */
export function hostnameOf({ host }: ParsedURL): string {
  const bracketed = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1];
  return bracketed ?? host.replace(/:\d*$/, '');
}

export const portOf = ({ host }: ParsedURL): string => /:(\d*)$/.exec(host)?.[1] ?? '';

/** Keys and values of the query in order; pairs that are malformed are left out. */
export function queryOf({ rawQuery }: ParsedURL): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    try {
      const key = unescape(equals < 0 ? pair : pair.slice(0, equals), 'query');
      const value = equals < 0 ? '' : unescape(pair.slice(equals + 1), 'query');
      values.set(key, [...(values.get(key) ?? []), value]);
    } catch (error) {
      if (!(error instanceof URLError)) throw error; // Go's Query() drops the pair as well.
    }
  }
  return values;
}

/** The URL put together again, escaped where it must be. */
export function formatURL(url: ParsedURL): string {
  let text = url.scheme === '' ? '' : `${url.scheme}:`;
  if (url.opaque !== '') text += url.opaque;
  else {
    if (url.host !== '' || url.user !== undefined) {
      text += `//${url.user === undefined ? '' : `${url.user}@`}${escape(url.host, 'host')}`;
    }
    text += escapedPath(url);
  }
  return url.forceQuery || url.rawQuery !== '' ? `${text}?${url.rawQuery}` : text;
}
