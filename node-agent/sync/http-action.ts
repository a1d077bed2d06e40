import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import type * as core from 'kubernetes-types/core/v1';
import { joinHostPort, requestFailure } from './probe-failure.ts';

/** Upstream reads this much of an answer. */
const MAX_BODY_BYTES = 10 * 1024;
const MAX_REDIRECTS = 10;

export interface HTTPActionRequest {
  readonly action: core.HTTPGetAction;
  readonly host: string;
  readonly port: number;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

export interface HTTPActionAnswer {
  readonly status: number;
  readonly body: string;
}

/** No answer came; the message says why in Go's words. */
export class HTTPRequestError extends Error {
  override readonly name = 'HTTPRequestError';
  readonly code: string | undefined;
  /** Host and port. */
  readonly address: string;

  constructor(message: string, address: string, cause: unknown) {
    super(message, { cause });
    this.address = address;
    this.code = (cause as NodeJS.ErrnoException | undefined)?.code;
  }
}

/** Whether a TLS handshake was answered with something else. */
export function answersInHTTP(error: HTTPRequestError): boolean {
  return error.code === 'EPROTO' || error.code === 'ERR_SSL_WRONG_VERSION_NUMBER';
}

/**
 * The GET of a probe or a hook. Redirects are followed as long as they stay on the host; one that
 * leads elsewhere is the answer. Who signed a certificate is not looked at. Throws
 * HTTPRequestError.
 */
export async function requestHTTP(request: HTTPActionRequest): Promise<HTTPActionAnswer> {
  const { action, host, port } = request;
  const scheme = action.scheme === 'HTTPS' ? 'https' : 'http';
  const path = action.path ?? '/';
  const rooted = path.startsWith('/') ? path : `/${path}`;
  // Unlike the text, a URL has no port where it is the usual one.
  let text = `${scheme}://${joinHostPort(host, port)}${rooted}`;
  const first = new URL(text);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await get(url, text, request);
    const location = REDIRECTS.has(answer.status) ? answer.location : undefined;
    const next = location === undefined ? undefined : parse(location, url);
    if (next === undefined || next.hostname !== first.hostname) return answer;
    if (redirects >= MAX_REDIRECTS - 1) {
      const message = `Get "${next.href}": stopped after ${MAX_REDIRECTS} redirects`;
      throw new HTTPRequestError(message, next.host, undefined);
    }
    url = next;
    text = next.href;
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function parse(location: string, base: URL): URL | undefined {
  const next = URL.parse(location, base.href);
  return next?.protocol === 'http:' || next?.protocol === 'https:' ? next : undefined;
}

function get(
  url: URL,
  text: string,
  { action, signal, userAgent }: HTTPActionRequest,
): Promise<HTTPActionAnswer & { readonly location: string | undefined }> {
  const secure = url.protocol === 'https:';
  const options = {
    headers: headersOf(action, userAgent),
    signal,
    agent: false as const,
    ...(secure ? { rejectUnauthorized: false } : {}),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const port = Number(url.port) || (secure ? 443 : 80);
      reject(
        new HTTPRequestError(
          requestFailure(error, text, host, port),
          joinHostPort(host, port),
          error,
        ),
      );
    };
    const asked = (secure ? httpsGet : httpGet)(url, options, (response) => {
      readBody(response).then((body) => {
        const { location } = response.headers;
        resolve({ status: response.statusCode ?? 0, body, location });
        asked.destroy();
      }, fail);
    });
    asked.on('error', fail);
  });
}

/** What the probe says wins; an empty value takes a header away. */
function headersOf(
  action: core.HTTPGetAction,
  userAgent: string,
): Record<string, string | string[]> {
  const own: Record<string, string[]> = {};
  for (const { name, value } of action.httpHeaders ?? []) {
    (own[name.toLowerCase()] ??= []).push(value);
  }
  const all = { 'user-agent': [userAgent], accept: ['*/*'], ...own };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, values]) => {
      if (values.every((value) => value === '')) return [];
      // Some names may only come once, and not in a list.
      return [[name, values.length === 1 ? (values[0] ?? '') : values]];
    }),
  );
}

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, MAX_BODY_BYTES);
}
