import { VERSION_INFO } from '../version.ts';

const HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Paths that are served without a token. Null when the path is none of them. The checks below them
 * (`/livez/ping`) are for who may see them: upstream lets everybody in on these paths alone.
 */
export function publicEndpoint(path: string, query: URLSearchParams): Response | null {
  if (path === '/version' || path === '/version/') return Response.json(VERSION_INFO);
  const health = /^\/(healthz|livez|readyz)\/?$/.exec(path);
  if (health === null) return null;
  const verbose = query.has('verbose');
  const name = health[1] ?? '';
  return new Response(verbose ? `[+]ping ok\n${name} check passed\n` : 'ok', { headers: HEADERS });
}

/** One of the checks that health consists of; null for other paths. */
export const healthCheckEndpoint = (path: string): Response | null =>
  /^\/(healthz|livez|readyz)\/ping$/.test(path) ? new Response('ok', { headers: HEADERS }) : null;
