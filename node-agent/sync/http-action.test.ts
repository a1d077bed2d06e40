import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as core from 'kubernetes-types/core/v1';
import { afterEach, describe, expect, it } from 'vitest';
import { answersInHTTP, HTTPRequestError, requestHTTP } from './http-action.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const get = (port: number, action: Partial<core.HTTPGetAction> = {}) =>
  requestHTTP({
    action: { port, ...action },
    host: '127.0.0.1',
    port,
    userAgent: 'kube-probe/1.36',
    signal: AbortSignal.timeout(5000),
  });

describe('The GET of a probe or a hook', () => {
  it('PROBE-1: has the headers that the action says, and its own where it says none', async () => {
    const seen: IncomingMessage[] = [];
    const port = await serve((request, response) => {
      seen.push(request);
      response.end('fine');
    });
    const httpHeaders = [
      { name: 'Host', value: 'example.com' },
      { name: 'X-One', value: '1' },
      { name: 'X-One', value: '2' },
      { name: 'Accept', value: '' },
    ];
    expect(await get(port, { path: 'ready?a=b', httpHeaders })).toMatchObject({
      status: 200,
      body: 'fine',
    });
    expect(seen[0]!.url).toBe('/ready?a=b');
    expect(seen[0]!.headers).toMatchObject({
      host: 'example.com',
      'user-agent': 'kube-probe/1.36',
      'x-one': '1, 2',
    });
    expect(seen[0]!.headers.accept).toBeUndefined();
  });

  it('PROBE-2: follows redirects on its host, and takes one to another host for the answer', async () => {
    const port = await serve((request, response) => {
      const locations: Record<string, string> = {
        '/': '/there',
        '/away': 'http://elsewhere.example/',
        '/round': '/round',
      };
      const location = locations[request.url ?? ''];
      if (location !== undefined) response.writeHead(302, { location });
      response.end('body');
    });
    expect(await get(port)).toMatchObject({ status: 200 });
    expect(await get(port, { path: '/away' })).toMatchObject({ status: 302, body: 'body' });
    await expect(get(port, { path: '/round' })).rejects.toThrow(
      `Get "http://127.0.0.1:${port}/round": stopped after 10 redirects`,
    );
  });

  it('reads the beginning of a long answer', async () => {
    const port = await serve((_request, response) => response.end('x'.repeat(100_000)));
    expect((await get(port)).body).toHaveLength(10 * 1024);
  });

  it('tells that nobody listens as Go does', async () => {
    const port = await serve(() => undefined);
    servers.pop()?.close();
    await expect(get(port, { path: '/healthz' })).rejects.toThrow(
      `Get "http://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('knows a server that speaks HTTP where HTTPS was asked for', async () => {
    const port = await serve((_request, response) => response.end());
    const error = await get(port, { scheme: 'HTTPS' }).catch((cause: unknown) => cause);
    expect(error instanceof HTTPRequestError && answersInHTTP(error)).toBe(true);
  });
});
