import { VERSION_INFO } from '../version.ts';

/** Paths that are served without a token. Null when the path is none of them. */
export function publicEndpoint(path: string, query: URLSearchParams): Response | null {
  if (path === '/version' || path === '/version/') return Response.json(VERSION_INFO);
  const health = /^\/(healthz|livez|readyz)(\/ping)?\/?$/.exec(path);
  if (health === null) return null;
  const verbose = query.has('verbose');
  const name = health[1] ?? '';
  return new Response(verbose ? `[+]ping ok\n${name} check passed\n` : 'ok', {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
  });
}
