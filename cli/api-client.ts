import { Agent, request as httpsRequest } from 'node:https';
import { request as httpRequest } from 'node:http';

export interface APIClientOptions {
  /** As in a kubeconfig, with the cluster's path prefix where it has one. */
  readonly server: string;
  /** PEM; absent: the system's authorities. */
  readonly ca?: string | undefined;
  readonly token: string;
}

export interface APIAnswer {
  readonly status: number;
  readonly text: string;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The API refused a request; `status` is the HTTP code. */
export class APIError extends Error {
  override readonly name = 'APIError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A small client for the CLI's own needs: JSON over HTTPS with a bearer token. */
export class APIClient {
  readonly #options: APIClientOptions;
  readonly #agent: Agent;

  constructor(options: APIClientOptions) {
    this.#options = options;
    this.#agent = new Agent({
      keepAlive: true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
  }

  /** Any request; the answer whatever its code. */
  request(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<APIAnswer> {
    const url = new URL(this.#options.server.replace(/\/$/, '') + path);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const call = (secure ? httpsRequest : httpRequest)(
        url,
        {
          method,
          headers: {
            Authorization: `Bearer ${this.#options.token}`,
            Accept: 'application/json',
            ...(body === undefined ? {} : { 'Content-Type': contentType }),
          },
          signal: AbortSignal.timeout(TIMEOUT_MS),
          ...(secure ? { agent: this.#agent } : {}),
        },
        (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on('data', (part: Buffer) => {
            size += part.length;
            if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
            parts.push(part);
          });
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(parts).toString('utf8'),
            }),
          );
        },
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** A request that must succeed; the answer's JSON. @throws APIError with the Status' message. */
  async json<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
    const { status, text } = await this.request(method, path, body, contentType);
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    throw new APIError(status, messageOf(text) ?? `${method} ${path} answered ${status}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function messageOf(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : null;
  } catch {
    // Something that is no API server answered.
    return null;
  }
}
