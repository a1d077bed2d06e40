import { Agent, request as httpsRequest } from 'node:https';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Target } from './target.ts';

/** A client of the API with a fixed number of connections. */
export class BenchClient {
  readonly #target: Target;
  readonly #agent: Agent;

  constructor(target: Target, connections: number) {
    this.#target = target;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: connections,
      ...(target.ca === undefined ? {} : { ca: target.ca }),
    });
  }

  /** Sends a request; resolves with the response when its head is there. */
  open(
    method: string,
    path: string,
    body?: unknown,
    accept = 'application/json',
  ): Promise<IncomingMessage> {
    const url = new URL(this.#target.server + path);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const call = (secure ? httpsRequest : httpRequest)(url, {
        method,
        headers: {
          Authorization: `Bearer ${this.#target.token}`,
          Accept: accept,
          ...(text === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        },
        ...(secure ? { agent: this.#agent } : {}),
      });
      call.once('response', resolve);
      call.once('error', reject);
      call.end(text);
    });
  }

  /** Sends a request and reads its answer. Throws when it is none of the 200s. */
  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.open(method, path, body);
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response) text += chunk as string;
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The bytes of a document. Throws when it is not answered with 200. */
  async bytes(path: string, accept: string): Promise<Buffer> {
    const response = await this.open('GET', path, undefined, accept);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    if (response.statusCode !== 200) throw new Error(`GET ${path}: ${response.statusCode}`);
    return Buffer.concat(chunks);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Runs `work` for each number below `count`, at most `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of indexes) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function latencies(samplesMs: readonly number[]): Latencies {
  const sorted = [...samplesMs].sort((a, b) => a - b);
  const at = (q: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

export const round = (value: number) => Math.round(value * 100) / 100;
