import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { MESSAGE_FLAGS } from '../../../../apimachinery/stream-protocol.ts';
import { exchangeFailure, joinHostPort } from '../../../sync/probe-failure.ts';
import { MAX_MESSAGE_BYTES } from '../stream-socket.ts';
import type { PayloadHandler, StreamSocket } from '../stream-socket.ts';
import { headerList, sendResponse } from './http-exchange.ts';
import type { HostPort, ProxyRequest } from './http-exchange.ts';

const HANDSHAKE_TIMEOUT_MS = 30_000;
/** Longer messages of the target end the WebSocket; the control plane takes no longer ones. */
const MAX_TARGET_MESSAGE_BYTES = 8 * 1024 * 1024 - 1024;
const PROTOCOL_HEADER = 'sec-websocket-protocol';
const UNREACHABLE = 503;

/** Opens a WebSocket of the control plane to a server, and passes messages both ways. */
export class WebSocketExchange implements PayloadHandler {
  readonly #request: ProxyRequest;
  readonly #address: HostPort;
  readonly #opened: Promise<WebSocket>;
  #resolveOpened: (target: WebSocket) => void = () => undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor(request: ProxyRequest, address: HostPort) {
    this.#request = request;
    this.#address = address;
    this.#opened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
  }

  async payload(data: Buffer): Promise<void> {
    const target = await this.#opened;
    if (target.readyState !== WebSocket.OPEN) return;
    const flags = data[0] ?? 0;
    const options = {
      binary: (flags & MESSAGE_FLAGS.binary) !== 0,
      fin: (flags & MESSAGE_FLAGS.last) !== 0,
    };
    await new Promise<void>((resolve) => {
      // A failure closes the target's socket, which ends the stream.
      target.send(data.subarray(1), options, () => resolve());
    });
  }

  /** Runs until either side closes. */
  async serve(socket: StreamSocket): Promise<void> {
    const target = this.#dial();
    void socket.closed.then(() => target.terminate());
    const closed = new Promise<void>((resolve) => target.once('close', () => resolve()));
    this.#passOn(target, socket);
    let answer: IncomingMessage;
    try {
      answer = await answerOf(target);
    } catch (error) {
      const { host, port } = this.#address;
      socket.end({ code: UNREACHABLE, message: exchangeFailure(error as Error, host, port) });
      return;
    }
    if (answer.statusCode !== 101) {
      // The target takes no WebSocket: what it says instead is the answer.
      await sendResponse(answer, socket);
      return;
    }
    socket.accept({ status: 101, headers: headerList(answer.rawHeaders) });
    this.#resolveOpened(target);
    await closed;
    await this.#sent;
    socket.end();
  }

  #dial(): WebSocket {
    const { scheme, headers, path } = this.#request;
    const { host, port } = this.#address;
    const isProtocols = ([name]: readonly [string, string]): boolean =>
      name.toLowerCase() === PROTOCOL_HEADER;
    const protocols = headers
      .filter(isProtocols)
      .flatMap(([, value]) => value.split(',').map((name) => name.trim()));
    const url = `${scheme === 'https' ? 'wss' : 'ws'}://${joinHostPort(host, port)}${path}`;
    return new WebSocket(url, protocols, {
      headers: Object.fromEntries(headers.filter((header) => !isProtocols(header))),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_TARGET_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      rejectUnauthorized: false,
    });
  }

  #passOn(target: WebSocket, socket: StreamSocket): void {
    target.on('message', (data: RawData, isBinary) => {
      // Reading stops while a message is passed on, so that a flood waits in the network, not here.
      target.pause();
      this.#sent = this.#sent
        .then(() => sendMessage(socket, data as Buffer, isBinary))
        .catch(() => target.terminate())
        .finally(() => target.resume());
    });
  }
}

/** The response that opened the WebSocket, or the one that refuses it. */
function answerOf(target: WebSocket): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    target.on('error', reject);
    target.once('upgrade', (response) => target.once('open', () => resolve(response)));
    target.once('unexpected-response', (_request, response) => resolve(response));
  });
}

async function sendMessage(socket: StreamSocket, data: Buffer, isBinary: boolean): Promise<void> {
  const binary = isBinary ? MESSAGE_FLAGS.binary : 0;
  const size = MAX_MESSAGE_BYTES - 1;
  for (let from = 0; from === 0 || from < data.length; from += size) {
    const last = from + size >= data.length ? MESSAGE_FLAGS.last : 0;
    const part = data.subarray(from, from + size);
    await socket.send(Buffer.concat([Uint8Array.of(binary + last), part]));
  }
}
