import { exports } from 'cloudflare:workers';
import { SignJWT } from 'jose';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { Status } from '../../apimachinery/status-error.ts';
import {
  ADMIN_TOKEN_ISSUER,
  ADMIN_TOKEN_PURPOSE,
  ANY_CLUSTER,
} from '../../worker/api/authn/admin-token.ts';
import { purposeKey } from '../../worker/keys/purpose-key.ts';
import { env } from './env.ts';

export interface TokenOptions {
  readonly audience?: string;
  readonly groups?: readonly string[];
  readonly issuer?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
}

/** A token as `fairlead up` mints it, or one with something wrong about it. */
export async function mintToken(options: TokenOptions = {}): Promise<string> {
  const { audience = ANY_CLUSTER, groups = ['system:masters'], expiresIn = 3_600 } = options;
  return new SignJWT({ groups: [...groups] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(options.issuer ?? ADMIN_TOKEN_ISSUER)
    .setSubject('tester')
    .setAudience(audience)
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
    .sign(await purposeKey(env, ADMIN_TOKEN_PURPOSE));
}

export interface CallOptions {
  /** Sent as it is when text, bytes or a stream, else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** '' for none. */
  readonly token?: string;
}

/** One request to a cluster's API, the way that clients take. */
export async function call(
  cluster: string,
  method: string,
  path: string,
  { body, headers = {}, token }: CallOptions = {},
): Promise<Response> {
  const bearer = token ?? (await mintToken());
  return exports.default.fetch(`https://fairlead.test/clusters/${cluster}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(bearer === '' ? {} : { Authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
  });
}

const isRaw = (body: unknown): body is string | Uint8Array | ReadableStream =>
  typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;

export interface ListBody {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: KubernetesObject[];
}

export async function list(cluster: string, path: string): Promise<ListBody> {
  const response = await call(cluster, 'GET', path);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

/** The Status of a refusal, and that the HTTP code agrees with it. */
export async function statusOf(response: Response): Promise<Status> {
  const status = await response.json<Status>();
  if (status.kind !== 'Status') throw new Error(`not a Status: ${JSON.stringify(status)}`);
  if (status.code !== response.status) throw new Error(`${status.code} sent as ${response.status}`);
  return status;
}

export interface WatchFrame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

/** A client's watch: frames as they come off the chunked response. */
export class APIWatch {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #frames: WatchFrame[] = [];

  constructor(response: Response) {
    if (response.body === null) throw new Error('a watch without a body');
    this.#reader = response.body.getReader();
  }

  static async open(cluster: string, path: string): Promise<APIWatch> {
    const response = await call(cluster, 'GET', path);
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return new APIWatch(response);
  }

  /** The next frame; null when the watch has ended. */
  async next(): Promise<WatchFrame | null> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const lines = (this.#rest + this.#decoder.decode(value, { stream: true })).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#frames = lines.map((line) => JSON.parse(line) as WatchFrame);
    }
  }

  async take(count: number): Promise<WatchFrame[]> {
    const frames: WatchFrame[] = [];
    while (frames.length < count) {
      const frame = await this.next();
      if (frame === null) throw new Error(`the watch ended after ${frames.length} frames`);
      frames.push(frame);
    }
    return frames;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}
