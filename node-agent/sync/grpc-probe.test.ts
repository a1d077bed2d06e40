import { createServer } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { createServer as createTCPServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probeGRPC } from './grpc-probe.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** A gRPC server that answers every call in one way. */
function serve(answer: (stream: ServerHttp2Stream, service: string) => void): Promise<number> {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    expect(headers).toMatchObject({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => answer(stream, Buffer.concat(parts).subarray(7).toString('utf8')));
  });
  return listen(server);
}

function say(stream: ServerHttp2Stream, message: number[], status = 0, text = ''): void {
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () =>
    stream.sendTrailers({
      'grpc-status': status,
      ...(text === '' ? {} : { 'grpc-message': text }),
    }),
  );
  stream.end(status === 0 ? Buffer.from([0, 0, 0, 0, message.length, ...message]) : undefined);
}

const probe = (port: number, more: { service?: string; timeoutSeconds?: number } = {}) =>
  probeGRPC({ host: '127.0.0.1', port, service: '', timeoutSeconds: 5, ...more });

describe('A gRPC probe', () => {
  it.each([
    { message: [8, 1], want: undefined },
    { message: [8, 2], want: 'service unhealthy (responded with "NOT_SERVING")' },
    { message: [], want: 'service unhealthy (responded with "UNKNOWN")' },
  ])('PROBE-3: of a server that says $message is told as $want', async ({ message, want }) => {
    expect(await probe(await serve((stream) => say(stream, message)))).toBe(want);
  });

  it('asks for the service that it names', async () => {
    const asked: string[] = [];
    const port = await serve((stream, service) => {
      asked.push(service);
      say(stream, [8, 1]);
    });
    await probe(port, { service: 'shop.Orders' });
    expect(asked).toEqual(['shop.Orders']);
  });

  it.each([
    {
      status: 5,
      text: 'unknown%20service',
      want: 'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    },
    {
      status: 12,
      text: 'unknown method',
      want: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown method',
    },
  ])('tells of a refusal with code $status', async ({ status, text, want }) => {
    expect(await probe(await serve((stream) => say(stream, [], status, text)))).toBe(want);
  });

  it('tells that nobody listens', async () => {
    const port = await listen(createTCPServer());
    for (const cleanup of cleanups.splice(0)) await cleanup();
    expect(await probe(port)).toBe(
      `error: failed to connect service at "127.0.0.1:${port}": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('tells of a server that does not answer in time, connected or not', async () => {
    const silent = createTCPServer((socket) => {
      cleanups.unshift(async () => socket.destroy());
    });
    const port = await listen(silent);
    expect(await probe(port, { timeoutSeconds: 1 })).toBe(
      `timeout: failed to connect service "127.0.0.1:${port}" within 1s: context deadline exceeded`,
    );
    const slow = await serve(() => undefined);
    expect(await probe(slow, { timeoutSeconds: 1 })).toBe(
      'timeout: health rpc did not complete within 1s',
    );
  });
});
