import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { PassThrough } from 'node:stream';
import type { HeaderList, StreamRequest } from '../../../../apimachinery/stream-protocol.ts';
import { exchangeFailure } from '../../../sync/probe-failure.ts';
import type { PayloadHandler, StreamSocket } from '../stream-socket.ts';
import { writeThrough } from '../write-through.ts';

export type ProxyRequest = Extract<StreamRequest, { kind: 'proxy' }>;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** As long as upstream's transport waits for a connection. */
const CONNECT_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 128 * 1024;
const BAD_GATEWAY = 503;

/** Makes one HTTP request of the control plane to a server, and streams both bodies. */
export class HTTPExchange implements PayloadHandler {
  readonly #request: ProxyRequest;
  readonly #address: HostPort;
  /** Holds a little of the request's body, also before there is a connection. */
  readonly #body = new PassThrough();

  constructor(request: ProxyRequest, address: HostPort) {
    this.#request = request;
    this.#address = address;
    // What broke is told by the exchange; nobody waits for the body itself.
    this.#body.on('error', () => undefined);
  }

  payload(data: Buffer): Promise<void> {
    return writeThrough(this.#body, data);
  }

  async finished(): Promise<void> {
    this.#body.end();
  }

  /** Runs to the end of the response, or of the stream. */
  async serve(socket: StreamSocket): Promise<void> {
    const outgoing = this.#start();
    void socket.closed.then(() => {
      outgoing.destroy();
      this.#body.destroy();
    });
    let response: IncomingMessage;
    try {
      response = await responseTo(outgoing);
    } catch (error) {
      const { host, port } = this.#address;
      const message = exchangeFailure(error as Error, host, port);
      this.#body.destroy();
      socket.end({ code: BAD_GATEWAY, message });
      return;
    }
    await sendResponse(response, socket);
  }

  #start(): ClientRequest {
    const { scheme, method, path, headers, hasBody } = this.#request;
    const { host, port } = this.#address;
    const outgoing = (scheme === 'https' ? httpsRequest : httpRequest)({
      host,
      port,
      method,
      path,
      headers: requestHeaders(headers, hasBody),
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Who signed a pod's certificate is not asked upstream either.
      ...(scheme === 'https' ? { rejectUnauthorized: false } : {}),
    });
    outgoing.on('socket', (connection) => {
      connection.setTimeout(CONNECT_TIMEOUT_MS, () => {
        const timeout: NodeJS.ErrnoException = new Error('connect timed out');
        timeout.code = 'ETIMEDOUT';
        outgoing.destroy(timeout);
      });
      connection.once('connect', () => connection.setTimeout(0));
    });
    if (hasBody) this.#body.pipe(outgoing);
    else outgoing.end();
    outgoing.on('close', () => this.#body.destroy());
    return outgoing;
  }
}

/** Sends a response as it comes. Throws when it breaks off, or the stream is closed. */
export async function sendResponse(response: IncomingMessage, socket: StreamSocket): Promise<void> {
  void socket.closed.then(() => response.destroy());
  socket.accept({ status: response.statusCode ?? 0, headers: headerList(response.rawHeaders) });
  for await (const chunk of response) await socket.sendAll(chunk as Buffer);
  socket.end();
}

/** Pairs of a raw list of names and values. */
export function headerList(raw: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let at = 0; at + 1 < raw.length; at += 2) list.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return list;
}

function requestHeaders(list: HeaderList, hasBody: boolean): Record<string, string> {
  const headers = Object.fromEntries(list.map(([name, value]) => [name.toLowerCase(), value]));
  // Node frames bodies of its own accord only for some methods.
  if (hasBody && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.on('close', () => reject(new Error('the connection was closed')));
  });
}
