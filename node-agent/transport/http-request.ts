import { Agent as HTTPAgent, request as httpRequest } from 'node:http';
import { Agent as HTTPSAgent, request as httpsRequest } from 'node:https';
import type { Endpoint } from './endpoint.ts';

export interface HTTPCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array;
  /** The other end may be silent for so long. Milliseconds. */
  readonly silenceMs: number;
  /** A longer answer is none. */
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal;
  /** Called as parts of the answer come. */
  readonly onAnswer?: (head: AnswerHead) => void;
}

export interface AnswerHead {
  readonly status: number;
  /** '' for none. */
  readonly contentType: string;
}

export interface HTTPAnswer extends AnswerHead {
  readonly body: Buffer;
}

/** Makes requests; connections that it keeps for others go with it. */
export type HTTPRequester = (call: HTTPCall) => Promise<HTTPAnswer>;

/** How long a connection that nobody uses is kept: for longer than the pauses between polls. */
const IDLE_CONNECTION_MS = 60_000;
const MAX_IDLE_CONNECTIONS = 8;

/** A kept connection turned out to be over: nobody has taken the request. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Requests to one endpoint, over connections that are kept. */
export function newKeptConnections(endpoint: Endpoint): HTTPRequester {
  const options = {
    keepAlive: true,
    maxFreeSockets: MAX_IDLE_CONNECTIONS,
    timeout: IDLE_CONNECTION_MS,
  };
  const agent = endpoint.server.startsWith('https:')
    ? new HTTPSAgent(options)
    : new HTTPAgent(options);
  return async (call) => {
    try {
      return await sendRequest(endpoint, call, agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return await sendRequest(endpoint, call, agent);
    }
  };
}

/** One request; answers whatever comes back. Throws when nothing does, or not in time. */
export function sendRequest(
  { ca }: Endpoint,
  { method, url, headers, body, silenceMs, maxAnswerBytes, signal, onAnswer }: HTTPCall,
  agent?: HTTPAgent | HTTPSAgent,
): Promise<HTTPAnswer> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const options = {
    method,
    // Without its length Node sends the body of a DELETE as if it were another request.
    headers: body === undefined ? headers : { ...headers, 'Content-Length': body.length },
    ...(agent === undefined ? {} : { agent }),
    ...(signal === undefined ? {} : { signal }),
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      const head: AnswerHead = {
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
      };
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        onAnswer?.(head);
        size += part.length;
        if (size > maxAnswerBytes) response.destroy(new Error('the answer is too large'));
        parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ ...head, body: Buffer.concat(parts) }));
    });
    const giveUp = (): void => {
      call.destroy(new Error('no answer in time'));
    };
    // Nothing is heard of a connection that is still being made, so that has a time of its own.
    const connecting = setTimeout(giveUp, silenceMs);
    call.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => clearTimeout(connecting));
      else clearTimeout(connecting);
    });
    call.once('close', () => clearTimeout(connecting));
    call.setTimeout(silenceMs, giveUp);
    call.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = call.reusedSocket && error.code === 'ECONNRESET';
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    call.end(body);
  });
}
