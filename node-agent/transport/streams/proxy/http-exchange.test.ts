import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { StreamRendezvous } from '../../../../test/fakes/stream-rendezvous.ts';
import { HTTPExchange } from './http-exchange.ts';
import type { ProxyRequest } from './http-exchange.ts';
import { WebSocketExchange } from './web-socket-exchange.ts';

let rendezvous: StreamRendezvous;
const servers: Server[] = [];

beforeEach(async () => {
  rendezvous = await StreamRendezvous.start();
});

afterEach(async () => {
  await rendezvous.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(listener?: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function request(fields: Partial<ProxyRequest> = {}): ProxyRequest {
  return {
    kind: 'proxy',
    target: { to: 'node', port: '80' },
    scheme: 'http',
    method: 'GET',
    path: '/',
    headers: [],
    hasBody: false,
    isWebSocket: false,
    ...fields,
  };
}

const exchange = (port: number, fields: Partial<ProxyRequest> = {}) =>
  rendezvous.open(new HTTPExchange(request(fields), { host: '127.0.0.1', port }));

describe('HTTPExchange', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'PROXY-3: %s reaches the target with its path, headers and body, and so does what it answers',
    async (method) => {
      const { port } = await listening((incoming, response) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('end', () => {
          response.writeHead(207, { 'X-Answer': ['a', 'b'], 'Set-Cookie': ['c=1', 'd=2'] });
          const { method: got, url, headers } = incoming;
          const body = Buffer.concat(parts).toString();
          response.end(JSON.stringify({ got, url, mine: headers['x-mine'], body }));
        });
      });
      const { stream } = await exchange(port, {
        method,
        path: '/a%20b?c=d',
        headers: [['x-mine', '1']],
        hasBody: true,
      });
      stream.sendBytes(Buffer.from('some '));
      stream.sendBytes(Buffer.from('body'));
      stream.finish();
      await stream.ended;
      expect(JSON.parse(stream.text())).toEqual({
        got: method,
        url: '/a%20b?c=d',
        mine: '1',
        body: 'some body',
      });
      expect(stream.response?.status).toBe(207);
      const { headers = [] } = stream.response ?? {};
      expect(headers.filter(([name]) => /^(x-answer|set-cookie)$/i.test(name))).toEqual([
        ['X-Answer', 'a'],
        ['X-Answer', 'b'],
        ['Set-Cookie', 'c=1'],
        ['Set-Cookie', 'd=2'],
      ]);
      expect(stream.endedInOrder).toBe(true);
    },
  );

  it('PROXY-3: the answer to HEAD has its headers and no body', async () => {
    const { port } = await listening((_, response) => {
      response.writeHead(200, { 'Content-Length': '5' }).end();
    });
    const { stream } = await exchange(port, { method: 'HEAD' });
    await stream.ended;
    expect(stream.text()).toBe('');
    expect(stream.response?.headers).toContainEqual(['Content-Length', '5']);
  });

  it('PROXY-5: a target that is not there is told in the words of the system call', async () => {
    const { server, port } = await listening();
    await new Promise((resolve) => server.close(resolve));
    const { stream } = await exchange(port);
    await stream.ended;
    expect(stream.lastWord).toMatchObject({
      code: 503,
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('PROXY-5: a target that hangs up is told before its answer, and breaks it after', async () => {
    const { port } = await listening((incoming, response) => {
      if (incoming.url === '/early') incoming.socket.destroy();
      else {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('half', () => incoming.socket.destroy());
      }
    });
    const early = await exchange(port, { path: '/early' });
    await early.stream.ended;
    expect(early.stream.lastWord).toMatchObject({ code: 503, message: 'EOF' });
    const late = await exchange(port, { path: '/late' });
    await expect(late.served).rejects.toThrow();
  });

  it('PROXY-7: a target that reads slowly slows the client, and holds a bounded part', async () => {
    let resume: () => void = () => undefined;
    const total = 4 * 1024 * 1024;
    const { port } = await listening((incoming, response) => {
      incoming.pause();
      resume = () => incoming.resume();
      let size = 0;
      incoming.on('data', (part: Buffer) => {
        size += part.length;
      });
      incoming.pause();
      incoming.on('end', () => response.end(String(size)));
    });
    const { stream } = await exchange(port, { method: 'POST', hasBody: true });
    const portion = 32 * 1024;
    let credit = 256 * 1024;
    let read = 0;
    const granted = () => {
      for (; read < stream.controls.length; read++) {
        const control = JSON.parse(stream.controls[read] ?? '{}') as { bytes?: number };
        credit += control.bytes ?? 0;
      }
      return credit >= portion;
    };
    let sent = 0;
    while (sent < total) {
      if (!granted()) {
        // The kernel's buffers are full: only now the target begins to read.
        resume();
        await stream.until(granted);
      }
      credit -= portion;
      sent += portion;
      stream.sendBytes(new Uint8Array(portion));
    }
    stream.finish();
    await stream.ended;
    expect(stream.text()).toBe(String(total));
  });

  it('PROXY-7: no more of the answer is sent than the client takes', async () => {
    const total = 4 * 1024 * 1024;
    const { port } = await listening((_, response) => response.end(Buffer.alloc(total)));
    const { stream } = await exchange(port);
    stream.grantsCredit = false;
    const size = () => stream.payload.reduce((sum, part) => sum + part.length, 0);
    await stream.until(() => size() > 192 * 1024);
    expect(size()).toBeLessThanOrEqual(256 * 1024);
    stream.grantsCredit = true;
    stream.grant(size());
    await stream.ended;
    expect(size()).toBe(total);
  });

  it('PROXY-8: when the client is gone the target is told', async () => {
    const gone = new Promise<void>((resolve) => {
      void listening((incoming, response) => {
        response.write('first');
        incoming.socket.once('close', () => resolve());
      }).then(async ({ port }) => {
        const { stream } = await exchange(port);
        await stream.until(() => stream.text() === 'first');
        stream.cut();
      });
    });
    await gone;
  });
});

describe('WebSocketExchange', () => {
  it('PROXY-9: messages pass both ways as what they are, whatever their length', async () => {
    const { server, port } = await listening();
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'chat' });
    sockets.on('connection', (socket) =>
      socket.on('message', (data: Buffer, isBinary) => socket.send(data, { binary: isBinary })),
    );
    const fields = { isWebSocket: true, headers: [['sec-websocket-protocol', 'x, chat']] };
    const { stream } = await rendezvous.open(
      new WebSocketExchange(request(fields as Partial<ProxyRequest>), { host: '127.0.0.1', port }),
    );
    await stream.until(() => stream.response !== undefined);
    expect(stream.response?.status).toBe(101);
    expect(stream.response?.headers).toContainEqual(['Sec-WebSocket-Protocol', 'chat']);
    const TEXT_LAST = 2;
    const BINARY = 1;
    stream.send(TEXT_LAST, 'hello');
    await stream.until(() => stream.payload.length === 1);
    expect(stream.payload[0]).toEqual(Buffer.from('\u0002hello'));
    stream.send(BINARY, new Uint8Array(30_000));
    stream.send(BINARY + TEXT_LAST, new Uint8Array(30_000));
    const length = () => stream.payload.slice(1).reduce((sum, part) => sum + part.length - 1, 0);
    await stream.until(() => length() === 60_000);
    expect(stream.payload.slice(1).map((part) => part[0])).toEqual([BINARY, BINARY + TEXT_LAST]);
    for (const client of sockets.clients) client.close(1000);
    await stream.ended;
    expect(stream.endedInOrder).toBe(true);
  });

  it('PROXY-9: a target that takes no WebSocket answers what it answers', async () => {
    const { port } = await listening((_, response) => response.writeHead(418).end('teapot'));
    const { stream } = await rendezvous.open(
      new WebSocketExchange(request({ isWebSocket: true }), { host: '127.0.0.1', port }),
    );
    await stream.ended;
    expect([stream.response?.status, stream.text()]).toEqual([418, 'teapot']);
  });
});
