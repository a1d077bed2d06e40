import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Inbox } from '../../apimachinery/polled-socket/inbox.ts';
import { Outbox } from '../../apimachinery/polled-socket/outbox.ts';
import { decodeParts } from '../../apimachinery/polled-socket/parts.ts';
import { MAX_BATCH_BYTES, MESSAGES_TYPE } from '../../apimachinery/polled-socket/protocol.ts';

/** What becomes of a request: it fails before it is served, its answer is lost, or somebody else answers. */
export type RequestFault = 'lost' | 'answer lost' | number;

const SOCKETS = /\/fairlead\/v1\/polled-sockets(?:\/(\w+)(\/messages)?)?$/;

/** The control plane's end of one polled socket. */
export class PolledPeer {
  readonly #outbox = new Outbox(Infinity);
  readonly #inbox = new Inbox(Infinity);
  #heard: (string | Buffer)[] = [];
  #wake: () => void = () => undefined;
  #waiting: ServerResponse | undefined;
  #markClosed: (code: number) => void = () => undefined;
  readonly closed = new Promise<number>((resolve) => {
    this.#markClosed = resolve;
  });
  isGone = false;

  send(message: string | Uint8Array): void {
    if (typeof message === 'string') this.#outbox.push('text', Buffer.from(message));
    else this.#outbox.push('binary', message);
    this.#answer();
  }

  close(code: number): void {
    this.#outbox.close(code, Buffer.from('over'));
    this.#answer();
  }

  /** The next message; a text as a string. */
  async next(): Promise<string | Buffer> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#heard.shift()!;
  }

  take(first: number, body: Buffer): number {
    for (const message of this.#inbox.take(first, decodeParts(body)) ?? []) {
      if (message.kind === 'close') this.end(message.code);
      else {
        const bytes = Buffer.from(message.bytes);
        this.#heard.push(message.kind === 'text' ? bytes.toString() : bytes);
      }
    }
    this.#wake();
    return 204;
  }

  poll(after: number, response: ServerResponse): void {
    this.#outbox.acknowledge(after);
    this.#waiting?.writeHead(204).end();
    this.#waiting = response;
    response.on('close', () => {
      if (this.#waiting === response) this.#waiting = undefined;
    });
    this.#answer();
  }

  end(code: number): void {
    this.isGone = true;
    this.#waiting?.writeHead(410).end();
    this.#markClosed(code);
  }

  #answer(): void {
    if (this.#outbox.isEmpty || this.#waiting === undefined) return;
    const response = this.#waiting;
    this.#waiting = undefined;
    response.writeHead(200, { 'Content-Type': MESSAGES_TYPE });
    response.end(this.#outbox.batch(MAX_BATCH_BYTES).body);
  }
}

/** The control plane's side of polled sockets, in memory, with what may go wrong on the way. */
export class PolledSocketServer {
  readonly http: Server;
  readonly peers: PolledPeer[] = [];
  /** Method and path of each request, with the query. */
  readonly requests: string[] = [];
  /** Says what goes wrong with a request, if anything. */
  fault: (request: string) => RequestFault | undefined = () => undefined;
  /** Answered instead of opening a socket. */
  refusal: { readonly status: number; readonly body: string } | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.http = createServer((request, response) => void this.#serve(request, response));
    this.http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<PolledSocketServer> {
    const server = new PolledSocketServer();
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.http.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://server');
    const line = `${request.method} ${url.pathname}${url.search}`;
    this.requests.push(line);
    const fault = this.fault(line);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (fault === 'lost') {
      request.socket.destroy();
      return;
    }
    if (typeof fault === 'number') {
      response.writeHead(fault).end('<html>somebody else</html>');
      return;
    }
    if (fault === 'answer lost') {
      response.writeHead = () => response;
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    this.#answer(request.method, url, Buffer.concat(parts), response);
  }

  #answer(method: string | undefined, url: URL, body: Buffer, response: ServerResponse): void {
    const [, id, messages] = SOCKETS.exec(url.pathname) ?? [];
    if (id === undefined) {
      if (this.refusal === undefined) {
        this.peers.push(new PolledPeer());
        response.writeHead(201).end(JSON.stringify({ id: String(this.peers.length) }));
      } else response.writeHead(this.refusal.status).end(this.refusal.body);
      return;
    }
    const peer = this.peers[Number(id) - 1];
    if (peer === undefined || peer.isGone) {
      response.writeHead(410).end(JSON.stringify({ kind: 'Status', message: 'over' }));
    } else if (messages === undefined) {
      peer.end(1011);
      response.writeHead(204).end();
    } else if (method === 'POST') {
      response.writeHead(peer.take(Number(url.searchParams.get('from')), body)).end();
    } else peer.poll(Number(url.searchParams.get('after')), response);
  }
}
