import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { PING, PONG } from '../../../apimachinery/agent-protocol.ts';
import { describeAgentSocket } from '../../../test/contract/agent-socket.ts';
import type { SocketNetwork, SocketPeer } from '../../../test/contract/agent-socket.ts';
import type { Heartbeat } from './agent-socket.ts';
import { dialWebSocket } from './web-socket.ts';

function peerOf(socket: WebSocket): SocketPeer {
  const heard: (string | Buffer)[] = [];
  let wake: () => void = () => undefined;
  socket.on('message', (data: Buffer, isBinary) => {
    // What the platform answers for a Durable Object that sleeps.
    if (!isBinary && data.toString() === PING) socket.send(PONG);
    else heard.push(isBinary ? data : data.toString());
    wake();
  });
  return {
    send: (message) => socket.send(message),
    close: (code) => socket.close(code),
    closed: new Promise((resolve) => socket.on('close', resolve)),
    async next() {
      while (heard.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return heard.shift()!;
    },
  };
}

async function startNetwork(heartbeat: Heartbeat): Promise<SocketNetwork> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    async dial() {
      const joined = new Promise<SocketPeer>((resolve) => {
        sockets.once('connection', (socket) => resolve(peerOf(socket)));
      });
      const { signal } = new AbortController();
      const trial = { proven: () => undefined, failed: () => undefined };
      const socket = await dialWebSocket(
        { server },
        'token',
        { path: 'x', heartbeat },
        signal,
        trial,
      );
      return { socket, peer: await joined };
    },
    async stop() {
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

describeAgentSocket('a WebSocket with heartbeats as texts', () => startNetwork('text'));
describeAgentSocket('a WebSocket with heartbeats of its own', () => startNetwork('frame'));
