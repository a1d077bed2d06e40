import { createServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

export interface UpgradeBlockingProxyOptions {
  /** Of 127.0.0.1. */
  readonly targetPort: number;
  /** PEM of what it shows to those who come, who have to trust it. */
  readonly certificate: string;
  readonly key: string;
  /** PEM that it knows the target by. */
  readonly ca: string;
}

const REFUSAL = '<html><body>Your organization does not allow this.</body></html>';

/**
 * A proxy of the kind that companies have: it reads all that goes through TLS, passes requests on, and
 * refuses upgrades.
 */
export class UpgradeBlockingProxy {
  /** What was asked for, as method and path without the query. */
  readonly requests: string[] = [];
  refusedUpgrades = 0;
  /** Whether upgrades are passed on after all. */
  isOpen = false;
  readonly #server: Server;
  readonly #options: UpgradeBlockingProxyOptions;
  readonly #sockets = new Set<TLSSocket>();
  #isCut = false;
  #pastBytes = 0;

  private constructor(options: UpgradeBlockingProxyOptions) {
    this.#options = options;
    this.#server = createServer({ cert: options.certificate, key: options.key });
    this.#server.on('request', (request, response) => this.#pass(request, response));
    this.#server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      if (this.isOpen) this.#passUpgrade(request, socket, head);
      else {
        this.refusedUpgrades += 1;
        socket.end(
          `HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: ${REFUSAL.length}\r\nConnection: close\r\n\r\n${REFUSAL}`,
        );
      }
    });
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#pastBytes += socket.bytesRead + socket.bytesWritten;
      });
      if (this.#isCut) socket.destroy();
    });
  }

  static async open(options: UpgradeBlockingProxyOptions): Promise<UpgradeBlockingProxy> {
    const proxy = new UpgradeBlockingProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** That went over the wire with its clients, both ways, inside of TLS. */
  get bytes(): number {
    let bytes = this.#pastBytes;
    for (const { bytesRead, bytesWritten } of this.#sockets) bytes += bytesRead + bytesWritten;
    return bytes;
  }

  /** Ends all connections, and every new one at once. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`);
    const onward = this.#onward(request);
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #passUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const onward = this.#onward(request);
    onward.on('upgrade', (answer, target, rest) => {
      const headers: string[] = [];
      for (let index = 0; index < answer.rawHeaders.length; index += 2) {
        headers.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
      }
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`);
      target.unshift(rest);
      socket.unshift(head);
      target.pipe(socket).pipe(target);
      target.on('error', () => socket.destroy());
      target.on('close', () => socket.destroy());
      socket.on('close', () => target.destroy());
    });
    onward.on('response', () => socket.destroy());
    onward.on('error', () => socket.destroy());
    onward.end();
  }

  #onward(request: IncomingMessage) {
    const { targetPort, ca } = this.#options;
    return httpsRequest({
      host: '127.0.0.1',
      port: targetPort,
      ca,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
  }
}
