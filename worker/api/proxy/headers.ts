import type { HeaderList } from '../../../apimachinery/stream-protocol.ts';

/** Headers that are about one connection (RFC 9110, 7.6.1), and old ones that proxies treat so. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What is said to the API server, and to nobody behind it. */
const FOR_US = /^(authorization|expect|impersonate-.*|sec-websocket-(?!protocol$).*)$/;
/** A subprotocol by which browsers send their token. */
const TOKEN_SUBPROTOCOL = /^base64url\.bearer\.authorization\.k8s\.io\./;

/** Answers for browsers that upstream keeps from widening what pages may do with the API. */
const CROSS_ORIGIN = /^access-control-allow-(credentials|headers|methods|origin)$/;

/**
 * The headers of a request as its target gets them: without those of the connection, and without
 * anything that lets the target act as the client.
 *
 * @param forwardedURI path of the request as the client sees it
 */
export function forwardedRequestHeaders(headers: Headers, forwardedURI: string): HeaderList {
  const named = connectionOptions(headers.get('Connection'));
  const kept: HeaderList = [];
  for (const [name, value] of headers) {
    if (HOP_BY_HOP.has(name) || named.has(name) || FOR_US.test(name)) continue;
    if (name === 'x-forwarded-uri') continue;
    const text = name === 'sec-websocket-protocol' ? withoutToken(value) : value;
    if (text !== '' || value === '') kept.push([name, text]);
  }
  kept.push(['x-forwarded-uri', forwardedURI]);
  return kept;
}

/** The headers of a response as the client gets them. */
export function forwardedResponseHeaders(headers: HeaderList): HeaderList {
  const connection = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .map(([, value]) => value);
  const named = connectionOptions(connection.join(','));
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !named.has(lower) && !CROSS_ORIGIN.test(lower);
  });
}

function connectionOptions(value: string | null): Set<string> {
  return new Set((value ?? '').split(',').map((option) => option.trim().toLowerCase()));
}

const withoutToken = (value: string): string =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => !TOKEN_SUBPROTOCOL.test(name))
    .join(', ');
