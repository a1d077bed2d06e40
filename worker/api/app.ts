import { Hono } from 'hono';
import { newUnauthorized } from '../../apimachinery/status-error.ts';
import type { Env } from '../durable/env.ts';
import { authenticate } from './authn/authenticate.ts';
import { impersonate } from './authn/impersonate.ts';
import { AccessGate } from './authz/access-gate.ts';
import { enrolNode } from './fairlead/enrolment.ts';
import { fairleadEndpoint } from './fairlead/node-endpoints.ts';
import { discoveryEndpoint } from './handlers/discovery.ts';
import { tokenIssuerEndpoint } from './handlers/token-issuer.ts';
import { metricsEndpoint } from './handlers/metrics.ts';
import { healthCheckEndpoint, publicEndpoint } from './handlers/public.ts';
import { finishResponse } from './finish-response.ts';
import { accessOf, isProxyRequest, parseRequestInfo, splitCluster } from './request-info.ts';
import { newMethodNotAllowed, newPathNotFound } from './path-errors.ts';
import { resourceEndpoint } from './resource-endpoint.ts';
import { errorResponse } from './status-response.ts';

/**
 * The API server: every request goes the same way. Cluster from the path, public paths, user,
 * RequestInfo, permission, then the handler.
 */
export function newApp(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.all('*', async (c) => finish(c.req.raw, await serve(c.req.raw, c.env)));
  app.onError((error, c) =>
    finish(c.req.raw, errorResponse(error, c.req.header('Accept') ?? null)),
  );
  return app;
}

function finish(request: Request, response: Response): Response | Promise<Response> {
  return finishResponse(request, new URL(request.url).searchParams, response);
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

async function serve(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  const { cluster, path } = splitCluster(decodePath(url.pathname));
  const open = publicEndpoint(path, url.searchParams);
  if (open !== null) return open;
  if (path === '/fairlead/v1/nodes' && request.method === 'POST') {
    return enrolNode(env, cluster, request);
  }
  const sender = await authenticate(env, cluster, request);
  if (sender === null) throw newUnauthorized();
  const user = await impersonate(env, cluster, request.headers, sender);
  if (path.startsWith('/fairlead/v1/')) {
    return (await fairleadEndpoint(env, cluster, path, request, user)) ?? notFound();
  }
  if (!METHODS.has(request.method)) throw newMethodNotAllowed();
  const info = parseRequestInfo(request.method, path, url.searchParams);
  if (info.verb === '' && !isProxyRequest(info)) throw newMethodNotAllowed();
  const gate = new AccessGate(env, cluster, user, accessOf(info));
  if (info.isResourceRequest) {
    const base = { env, cluster, request, query: url.searchParams, user, info, gate };
    return gated(gate, () => resourceEndpoint(base));
  }
  await gate.decide();
  const document =
    (path === '/metrics' ? await metricsEndpoint(env, cluster) : null) ??
    healthCheckEndpoint(path) ??
    (await tokenIssuerEndpoint(env, cluster, path, url)) ??
    (await discoveryEndpoint(env, cluster, path, request)) ??
    notFound();
  if (info.verb !== 'get' && info.verb !== 'head') throw newMethodNotAllowed();
  return document;
}

/** Whatever else is wrong with a request is for those to know who may make it. */
async function gated(gate: AccessGate, serveRequest: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await serveRequest();
  } catch (error) {
    await gate.decide();
    throw error;
  }
  // No answer leaves that nobody has decided about.
  await gate.decide();
  return response;
}

function notFound(): never {
  throw newPathNotFound();
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign: such a path names nothing.
    throw newPathNotFound();
  }
}
