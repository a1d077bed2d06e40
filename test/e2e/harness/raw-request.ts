import { request } from 'node:https';
import type { Connection } from './cluster.ts';

export interface RawAnswer {
  readonly code: number;
  /** The answer's JSON; a Status where the request was refused. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  /** Instead of the administrator's; null for none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;

/** Sends bytes as they are, well formed or not. */
export function rawRequest(connection: Connection, raw: RawRequest): Promise<RawAnswer> {
  const { method, path, body, contentType = 'application/json', headers = {} } = raw;
  const token = raw.token === undefined ? connection.token : raw.token;
  return new Promise((resolve, reject) => {
    const call = request(
      connection.server + path,
      {
        method,
        ca: connection.ca,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined
            ? {}
            : { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
            headers: response.headers,
          }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
