import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { interpretEngineError } from './engine-error.ts';

interface StreamCall {
  readonly method: 'GET' | 'POST';
  /** Ends with `?` where there is a query. */
  readonly path: string;
  readonly query: object;
}

const STATUS_CODES = { 200: true, 404: 'no such container', 500: 'server error' };

/**
 * Asks the engine for a stream, where dockerode's own call does more than that.
 * @throws RuntimeError
 */
export function dialStream(engine: Docker, { method, path, query }: StreamCall): Promise<Readable> {
  return dial(engine, { path, method, isStream: true, options: query, statusCodes: STATUS_CODES });
}

/** The same of a stream that goes both ways, without a byte in it that is the request's own. */
export function dialDuplex(engine: Docker, { method, path, query }: StreamCall): Promise<Duplex> {
  return dial(engine, {
    path,
    method,
    isStream: true,
    hijack: true,
    options: query,
    // The one way to have no body at all.
    file: Buffer.alloc(0),
    headers: { 'Content-Type': 'application/json' },
    statusCodes: STATUS_CODES,
  });
}

function dial<T>({ modem }: Docker, call: Parameters<Docker['modem']['dial']>[0]): Promise<T> {
  return new Promise((resolve, reject) => {
    modem.dial(call, (error: unknown, stream: unknown) => {
      if (error !== null && error !== undefined) reject(interpretEngineError(error));
      else resolve(stream as T);
    });
  });
}
