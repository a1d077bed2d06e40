import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Endpoint } from '../endpoint.ts';
import { newKeptConnections } from '../http-request.ts';
import type { HTTPRequester } from '../http-request.ts';
import type { AgentSocket, SocketRequest } from './agent-socket.ts';
import { DialRefused, suspectBlock } from './dial-refused.ts';
import { openPolledSocket } from './polled-socket.ts';
import type { PolledSocketOptions } from './polled-socket.ts';
import { dialWebSocket } from './web-socket.ts';
import type { WebSocketTrial } from './web-socket.ts';

export interface DiallerOptions {
  readonly endpoint: Endpoint;
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** What a control plane says that knows no polled sockets. */
const NOT_FOUND = 404;
/** So many WebSockets that fail in a row are hardly a control plane that was started anew. */
const DOUBTS = 4;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/**
 * When to try WebSockets again after they have failed so many times in a row: soon, in case that it
 * was a mishap, and then every ten minutes.
 */
export function webSocketRetryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 16), LONGEST_RETRY_MS);
}

/** So many links in a row that are opened, and that nothing comes through, are no accident. */
const MUTE_LINKS = 2;
/** Of a polled link it is the link itself that tries again; sockets do, if it has not for so much longer. */
const RETRY_SLACK_MS = 30_000;
/** How long sockets that are polled may take to say that they are over. */
const FAREWELL_MS = 2_000;

/**
 * Opens sockets to the control plane, and knows for all of them whether WebSockets get through: if
 * not, but requests do, sockets are polled.
 */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #polled: PolledSocketOptions;
  readonly #stop = new AbortController();
  /** Requests that are to get through before the agent ends. */
  readonly #sending = new Set<Promise<unknown>>();
  /** Of WebSockets that do not get through; undefined while nothing is known against them. */
  #blocked: { readonly failures: number; readonly retryAtMs: number } | undefined;
  /** How many WebSockets in a row failed as they do while a control plane is away. */
  #doubtful = 0;
  /** How many links in a row broke before anything came through them. */
  #mute = 0;
  /** What the log says last. */
  #isToldBlocked = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
    const { endpoint, clock, random } = options;
    const request = this.#watched(newKeptConnections(endpoint));
    this.#polled = { endpoint, clock, random, request, token: () => this.#bearer() };
  }

  /** Opens a socket over what gets through. Throws an Error that says why there is none. */
  async dial(request: SocketRequest): Promise<AgentSocket> {
    if (this.#blocked !== undefined && this.#options.clock.now() < this.#blocked.retryAtMs) {
      return this.#dialPolled(request);
    }
    if (this.#mute >= MUTE_LINKS) {
      // Should it be the control plane that is at fault, the next one is a WebSocket again.
      this.#mute = 0;
      return this.#dialInstead(request, new Error('it is opened, and nothing comes through'));
    }
    try {
      return await this.#tryWebSocket(request);
    } catch (error) {
      if (!this.#isWorthPolling(error)) throw error;
      return await this.#dialInstead(request, error);
    }
  }

  /** Opens a WebSocket, or none. Throws an Error. */
  async dialWebSocket(request: SocketRequest): Promise<AgentSocket> {
    try {
      return await this.#tryWebSocket(request);
    } catch (error) {
      if (this.#blocked !== undefined) this.#block();
      throw error;
    }
  }

  /** When a link that is polled is to try a WebSocket again. Milliseconds. */
  get retryDelayMs(): number {
    return webSocketRetryDelayMs(this.#blocked?.failures ?? 0);
  }

  /** Ends what is being dialled, and lets sockets that were closed say so. */
  async stop(): Promise<void> {
    this.#stop.abort();
    // In the turn after they were closed they do.
    await new Promise((resolve) => setImmediate(resolve));
    const late = new Promise<void>((resolve) => this.#options.clock.schedule(FAREWELL_MS, resolve));
    await Promise.race([Promise.allSettled(this.#sending), late]);
  }

  async #tryWebSocket(request: SocketRequest): Promise<AgentSocket> {
    const bearer = await this.#bearer();
    const trial: WebSocketTrial = {
      proven: () => this.#webSocketWorks(),
      failed: () => {
        // Of others it may be the agent that breaks them off.
        if (request.heartbeat !== 'text') return;
        this.#mute += 1;
        if (this.#blocked !== undefined) this.#block();
      },
    };
    return dialWebSocket(this.#options.endpoint, bearer, request, this.#stop.signal, trial);
  }

  #webSocketWorks(): void {
    this.#blocked = undefined;
    this.#doubtful = 0;
    this.#mute = 0;
    if (!this.#isToldBlocked) return;
    this.#isToldBlocked = false;
    this.#options.logger.info('WebSockets get through to the control plane: no more long-polling');
  }

  /**
   * While a control plane is away, agents that dial it are not to dial it twice as often: where that
   * may be it, polling is tried after the fourth failure, the eighth, the sixteenth and so on.
   */
  #isWorthPolling(failure: unknown): boolean {
    const suspicion = suspectBlock(failure);
    if (suspicion !== 'perhaps') return suspicion === 'likely';
    this.#doubtful += 1;
    return this.#doubtful >= DOUBTS && Number.isInteger(Math.log2(this.#doubtful));
  }

  /** Only where requests get through it is WebSockets that are blocked: else nothing is known. */
  async #dialInstead(request: SocketRequest, failure: unknown): Promise<AgentSocket> {
    const reason = failure instanceof Error ? failure.message : String(failure);
    let socket: AgentSocket;
    try {
      socket = await this.#dialPolled(request);
    } catch (error) {
      if (!(error instanceof DialRefused && error.isFromControlPlane)) throw failure;
      if (error.status !== NOT_FOUND) throw error;
      const message = `no WebSocket gets through (${reason}), and the control plane is too old to be polled: upgrade it, or let WebSocket upgrades through`;
      throw new Error(message, { cause: error });
    }
    this.#block();
    if (!this.#isToldBlocked) {
      this.#isToldBlocked = true;
      this.#options.logger.warn(
        { reason },
        'no WebSocket gets through to the control plane: long-polling over HTTP. Everything works, ' +
          'with more traffic (some requests a minute), slower streams, and a Durable Object that ' +
          'is billed all the time. To avoid that, let WebSocket upgrades to the control plane through',
      );
    }
    return socket;
  }

  async #dialPolled({ path }: SocketRequest): Promise<AgentSocket> {
    try {
      return await openPolledSocket(this.#polled, path, this.#stop.signal);
    } catch (error) {
      // Whatever was true of the network may not be any more; a refusal says nothing of it.
      if (!(error instanceof DialRefused && error.isFromControlPlane)) this.#blocked = undefined;
      throw error;
    }
  }

  #block(): void {
    const failures = this.#blocked === undefined ? 0 : this.#blocked.failures + 1;
    const delayMs = webSocketRetryDelayMs(failures) + RETRY_SLACK_MS;
    this.#blocked = { failures, retryAtMs: this.#options.clock.now() + delayMs };
  }

  /** Knows of the requests that send something, until they are over. */
  #watched(request: HTTPRequester): HTTPRequester {
    return (call) => {
      const answer = request(call);
      if (call.method === 'GET') return answer;
      const over: Promise<unknown> = answer.then(
        () => this.#sending.delete(over),
        () => this.#sending.delete(over),
      );
      this.#sending.add(over);
      return answer;
    };
  }

  async #bearer(): Promise<string> {
    try {
      return await this.#options.token();
    } catch (error) {
      throw new Error('no node token can be signed', { cause: error });
    }
  }
}
