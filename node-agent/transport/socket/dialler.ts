import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Endpoint } from '../endpoint.ts';
import { newKeptConnections } from '../http-request.ts';
import type { HTTPRequester } from '../http-request.ts';
import type { AgentSocket, SocketRequest } from './agent-socket.ts';
import { DialRefused, mayBeBlocked } from './dial-refused.ts';
import { openPolledSocket } from './polled-socket.ts';
import { dialWebSocket } from './web-socket.ts';

export interface DiallerOptions {
  readonly endpoint: Endpoint;
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/**
 * When to try WebSockets again after they have failed so many times in a row: soon, in case that it
 * was a mishap, and then every ten minutes.
 */
export function webSocketRetryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 16), LONGEST_RETRY_MS);
}

/**
 * Opens sockets to the control plane, and knows for all of them whether WebSockets get through: if
 * not, but requests do, sockets are polled.
 */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #request: HTTPRequester;
  readonly #stop = new AbortController();
  #isBlocked = false;
  /** What the log says last. */
  #isToldBlocked = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#request = newKeptConnections(options.endpoint);
  }

  /** Opens a socket over what gets through. Throws an Error that says why there is none. */
  async dial(request: SocketRequest): Promise<AgentSocket> {
    if (this.#isBlocked) return this.#dialPolled(request);
    try {
      return await this.dialWebSocket(request);
    } catch (error) {
      if (!mayBeBlocked(error)) throw error;
      return await this.#dialInstead(request, error);
    }
  }

  /** Opens a WebSocket, or none. Throws an Error. */
  async dialWebSocket(request: SocketRequest): Promise<AgentSocket> {
    const { endpoint, logger } = this.#options;
    const socket = await dialWebSocket(endpoint, await this.#bearer(), request, this.#stop.signal);
    this.#isBlocked = false;
    if (this.#isToldBlocked) {
      this.#isToldBlocked = false;
      logger.info('WebSockets get through to the control plane: no more long-polling');
    }
    return socket;
  }

  /** Ends what is being dialled. */
  stop(): void {
    this.#stop.abort();
  }

  /** Only where requests get through it is WebSockets that are blocked: else nothing is known. */
  async #dialInstead(request: SocketRequest, failure: unknown): Promise<AgentSocket> {
    let socket: AgentSocket;
    try {
      socket = await this.#dialPolled(request);
    } catch (error) {
      if (error instanceof DialRefused && error.isFromControlPlane) throw error;
      throw failure;
    }
    this.#isBlocked = true;
    if (!this.#isToldBlocked) {
      this.#isToldBlocked = true;
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#options.logger.warn(
        { reason },
        'no WebSocket gets through to the control plane: long-polling over HTTP. Everything works, ' +
          'with more traffic (some requests a minute), slower streams, and a Durable Object that ' +
          'is billed all the time. To avoid that, let WebSocket upgrades to the control plane through',
      );
    }
    return socket;
  }

  async #dialPolled(request: SocketRequest): Promise<AgentSocket> {
    const { endpoint, clock, random } = this.#options;
    const options = {
      endpoint,
      clock,
      random,
      request: this.#request,
      token: () => this.#bearer(),
    };
    try {
      return await openPolledSocket(options, request.path, this.#stop.signal);
    } catch (error) {
      // Whatever was true of the network may not be any more; a refusal says nothing of it.
      if (!(error instanceof DialRefused && error.isFromControlPlane)) this.#isBlocked = false;
      throw error;
    }
  }

  async #bearer(): Promise<string> {
    try {
      return await this.#options.token();
    } catch (error) {
      throw new Error('no node token can be signed', { cause: error });
    }
  }
}
