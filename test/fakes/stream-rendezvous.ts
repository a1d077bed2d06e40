import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../node-agent/clock.ts';
import { StreamSocket } from '../../node-agent/transport/streams/stream-socket.ts';
import type { PayloadHandler } from '../../node-agent/transport/streams/stream-socket.ts';
import { FakeStream } from './fake-stream.ts';
import { newTestDialler } from './test-dialler.ts';

/** Where streams of an agent are dialled to, without an agent. */
export class StreamRendezvous {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  private constructor(http: Server) {
    this.#http = http;
    this.#sockets = new WebSocketServer({ server: http });
  }

  static async start(): Promise<StreamRendezvous> {
    const http = createServer();
    const rendezvous = new StreamRendezvous(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return rendezvous;
  }

  /** A stream that a handler serves: the client's end, and when the serving is over. */
  async open(
    handler: PayloadHandler & { serve(socket: StreamSocket): Promise<void> },
  ): Promise<{ stream: FakeStream; served: Promise<void> }> {
    const stream = new FakeStream();
    this.#sockets.once('connection', (socket) => stream.joined(socket));
    const { port } = this.#http.address() as AddressInfo;
    const dialler = newTestDialler(`http://127.0.0.1:${port}`);
    const socket = await StreamSocket.dial(dialler, 'id', systemClock, handler);
    const served = handler.serve(socket);
    served.catch(() => socket.abort());
    await stream.settled;
    return { stream, served };
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
