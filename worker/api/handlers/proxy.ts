import { newBadRequest, newStatusError } from '../../../apimachinery/status-error.ts';
import {
  RESPONSE_HEAD_HEADER,
  responseHeadSchema,
  type ResponseHead,
  type StreamRequest,
} from '../../../apimachinery/stream-protocol.ts';
import { scopeOf, storeOf, type ApiContext } from '../api-context.ts';
import { sendAsIs } from '../finish-response.ts';
import { forwardedRequestHeaders, forwardedResponseHeaders } from '../proxy/headers.ts';
import { rewriteLink, rewritePage, type ProxiedPlace } from '../proxy/links.ts';
import { splitProxyPath } from '../proxy/proxy-path.ts';
import {
  nodeTarget,
  noEndpoints,
  podTarget,
  servicePortName,
  serviceTarget,
  type ProxyTarget,
} from '../proxy/proxy-target.ts';
import { parseSchemeNamePort, type SchemeNamePort } from '../proxy/scheme-name-port.ts';
import { connectTo } from '../streams/connect.ts';
import { openNodeStream } from '../streams/node-stream.ts';
import { isWebSocketUpgrade } from '../streams/subprotocol.ts';

/** Answers that have no body, whatever their headers say. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Passes a request on to a pod, to one of a service's pods, or to a node: the node's agent makes it
 * there, and bodies flow as fast as whoever takes them.
 */
export async function proxyHandler(context: ApiContext): Promise<Response> {
  const { request, info } = context;
  const url = new URL(request.url);
  const asked = parseSchemeNamePort(info.name);
  if (asked === null) {
    const kind = context.resource.kind.toLowerCase();
    throw newBadRequest(`invalid ${kind} request ${JSON.stringify(info.name)}`);
  }
  const { prefix, path } = splitProxyPath(url.pathname, info.rest);
  const object = await connectTo(context, asked.name, path === '' ? {} : { path });
  const { node, target, host } = await targetOf(context, asked, object);
  const isWebSocket = isWebSocketUpgrade(request);
  if (path === '' && !isWebSocket && (request.method === 'GET' || request.method === 'HEAD')) {
    // Relative links of the answer are below the proxy only where its own path ends with a slash.
    const headers = { Location: `${url.pathname}/${url.search}` };
    return sendAsIs(new Response(null, { status: 301, headers }));
  }
  const forwarded: StreamRequest = {
    kind: 'proxy',
    target,
    scheme: asked.scheme,
    method: request.method,
    path: `${path === '' ? '/' : path}${url.search}`,
    headers: forwardedRequestHeaders(request.headers, `${prefix}${path}`),
    hasBody: !isWebSocket && request.body !== null,
    isWebSocket,
  };
  const client = { body: isWebSocket ? null : request.body, isWebSocket };
  const answer = await openNodeStream(context, node, forwarded, client).catch(unreachable);
  if (answer.webSocket !== null) return sendAsIs(answer);
  const head = headOf(answer);
  if (head === null) return unreachable(await answer.json());
  return sendAsIs(finalResponse(request.method, head, answer, { prefix, targetHost: host }));
}

async function targetOf(
  context: ApiContext,
  asked: SchemeNamePort,
  object: string,
): Promise<ProxyTarget> {
  switch (context.resource.resource) {
    case 'pods':
      return podTarget(object, asked);
    case 'services': {
      const portName = servicePortName(object, asked);
      const request = { name: asked.name, text: context.info.name };
      return serviceTarget(await endpointsOf(context, asked.name), portName, request, atRandom);
    }
    default:
      return nodeTarget(asked.name, asked);
  }
}

const atRandom = (below: number): number => Math.floor(Math.random() * below);

async function endpointsOf(context: ApiContext, name: string): Promise<string> {
  const scope = scopeOf(context);
  const answer = await storeOf(context.env, scope).get({ scope, resource: 'endpoints', name });
  if (!answer.ok) throw noEndpoints(name);
  return answer.object;
}

/** Where a node cannot be asked, or could not reach the target, that is what upstream says of it. */
function unreachable(failure: unknown): never {
  const message = (failure as { message?: unknown } | null)?.message;
  throw newStatusError(
    'ServiceUnavailable',
    `error trying to reach service: ${typeof message === 'string' ? message : 'unknown error'}`,
  );
}

/** Null for an answer that is the node's refusal. */
function headOf(answer: Response): ResponseHead | null {
  const text = answer.headers.get(RESPONSE_HEAD_HEADER);
  if (text === null) return null;
  return responseHeadSchema.parse(JSON.parse(decodeURIComponent(text)));
}

function finalResponse(
  method: string,
  { status, headers: received }: ResponseHead,
  answer: Response,
  place: ProxiedPlace,
): Response {
  const headers = new Headers();
  for (const [name, value] of forwardedResponseHeaders(received)) headers.append(name, value);
  const location = headers.get('Location');
  if (location !== null) headers.set('Location', rewriteLink(location, place));
  if (method === 'HEAD' || WITHOUT_BODY.has(status)) {
    // There is none to come; whoever sends one all the same is told that nobody reads it.
    void answer.body?.cancel();
    return new Response(null, { status, headers });
  }
  const isPage =
    location === null && /^text\/html\s*(;|$)/i.test(headers.get('Content-Type') ?? '');
  const body = answer.body as ReadableStream<Uint8Array>;
  if (isPage && isReadable(headers)) return pageResponse(status, headers, body, place);
  const length = Number(headers.get('Content-Length') ?? NaN);
  const whole = Number.isSafeInteger(length) ? ofLength(body, length) : body;
  return new Response(whole, { status, headers, encodeBody: 'manual' });
}

/** A body of a known length; one that breaks off before is one that the client sees to be broken. */
function ofLength(body: ReadableStream<Uint8Array>, length: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(length);
  // The client's end fails with it, which is where it is told.
  body.pipeTo(writable).catch(() => undefined);
  return readable;
}

/** Whether a page is in a coding that can be undone here. */
const isReadable = (headers: Headers): boolean =>
  ['', 'gzip', 'identity'].includes(headers.get('Content-Encoding')?.toLowerCase() ?? '');

function pageResponse(
  status: number,
  headers: Headers,
  body: ReadableStream<Uint8Array>,
  place: ProxiedPlace,
): Response {
  const isZipped = headers.get('Content-Encoding')?.toLowerCase() === 'gzip';
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  const text = isZipped ? body.pipeThrough(new DecompressionStream('gzip')) : body;
  return rewritePage(new Response(text, { status, headers }), place);
}
