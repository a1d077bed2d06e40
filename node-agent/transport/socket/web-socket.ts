import { WebSocket } from 'ws';
import { MAX_FRAME_BYTES, PING, PONG } from '../../../apimachinery/agent-protocol.ts';
import type { Endpoint } from '../endpoint.ts';
import { webSocketURL } from '../endpoint.ts';
import { CLOSED_ABNORMALLY } from './agent-socket.ts';
import type { AgentSocket, Heartbeat, SocketEvents, SocketRequest } from './agent-socket.ts';
import { DialRefused } from './dial-refused.ts';

const HANDSHAKE_TIMEOUT_MS = 20_000;
/** Of the answer of somebody who does not upgrade. Bytes. */
const MAX_REFUSAL_BYTES = 16 * 1024;

/** Is told what becomes of a WebSocket that stood: an upgrade alone says little of what gets through. */
export interface WebSocketTrial {
  /** Something came through it. Called once at most. */
  proven(): void;
  /** It broke before anything did. */
  failed(): void;
}

/**
 * Opens a WebSocket; resolves once it stands.
 * @throws DialRefused when the handshake is answered by something else than an upgrade
 */
export function dialWebSocket(
  endpoint: Endpoint,
  token: string,
  { path, heartbeat }: SocketRequest,
  signal: AbortSignal,
  trial: WebSocketTrial,
): Promise<AgentSocket> {
  const socket = new WebSocket(webSocketURL(endpoint, path), {
    headers: { Authorization: `Bearer ${token}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  });
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  return new Promise<AgentSocket>((resolve, reject) => {
    socket.once('open', () => resolve(new OpenWebSocket(socket, heartbeat, trial)));
    socket.on('error', reject);
    socket.once('unexpected-response', (request, response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const refuse = (): void => {
        const body = Buffer.concat(parts).toString('utf8');
        reject(new DialRefused(response.statusCode ?? 0, body));
        request.destroy();
      };
      response.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size > MAX_REFUSAL_BYTES) refuse();
      });
      response.on('error', refuse);
      response.on('end', refuse);
    });
    if (signal.aborted) abort();
  }).finally(() => signal.removeEventListener('abort', abort));
}

class OpenWebSocket implements AgentSocket {
  readonly transport = 'WebSocket';
  readonly #socket: WebSocket;
  readonly #heartbeat: Heartbeat;
  readonly #trial: WebSocketTrial;
  #isProven = false;
  #reason = '';

  constructor(socket: WebSocket, heartbeat: Heartbeat, trial: WebSocketTrial) {
    this.#socket = socket;
    this.#heartbeat = heartbeat;
    this.#trial = trial;
    socket.on('error', ({ message }) => {
      this.#reason = message;
    });
    // Until somebody listens.
    socket.pause();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  start(events: SocketEvents): void {
    if (this.#socket.readyState === WebSocket.CLOSED) {
      this.#trial.failed();
      setImmediate(() => events.closed(CLOSED_ABNORMALLY, this.#reason));
      return;
    }
    this.#socket.on('message', (data: Buffer, isBinary) => {
      this.#prove();
      events.heard();
      const isPong =
        !isBinary && this.#heartbeat === 'text' && data.toString('latin1', 0, 8) === PONG;
      if (!isPong) events.message(data, isBinary);
    });
    this.#socket.on('pong', () => {
      this.#prove();
      events.heard();
    });
    this.#socket.on('close', (code, reason) => {
      if (code !== CLOSED_ABNORMALLY) this.#prove();
      else if (!this.#isProven) this.#trial.failed();
      events.closed(code, this.#reason === '' ? reason.toString('utf8') : this.#reason);
    });
    this.#socket.resume();
  }

  send(message: string | Uint8Array): void {
    if (this.isOpen) this.#socket.send(message);
  }

  ping(): void {
    if (!this.isOpen) return;
    if (this.#heartbeat === 'text') this.#socket.send(PING);
    else this.#socket.ping();
  }

  #prove(): void {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#trial.proven();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
