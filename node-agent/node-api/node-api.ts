import type { HeaderList } from '../../apimachinery/stream-protocol.ts';

/** What the agent answers of its own to a request that was passed on to its node. */
export interface NodeAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: AsyncIterable<Uint8Array> | string;
  /** Lets go of what the body is read from, when nobody wants the rest. */
  readonly close?: () => void;
}

export interface NodeRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
}

/** Serves paths of one kind; undefined for a path that is not of that kind. */
export type NodeRoute = (path: string, query: URLSearchParams) => Promise<NodeAnswer | undefined>;

/**
 * What people and tools ask of a kubelet through `nodes/proxy`, in kubelet's forms. Only reading; what
 * changes something (`/run`, `/exec` …) is asked of pods.
 */
export class NodeAPI {
  readonly #routes: readonly NodeRoute[];

  constructor(routes: readonly NodeRoute[]) {
    this.#routes = routes;
  }

  async answer({ method, path }: NodeRequest): Promise<NodeAnswer> {
    if (method !== 'GET' && method !== 'HEAD') return textAnswer(405, 'Method Not Allowed\n');
    const url = new URL(path, 'http://node');
    let decoded: string;
    try {
      decoded = decodeURIComponent(url.pathname);
    } catch {
      // A stray percent sign: such a path names nothing.
      return notFound();
    }
    for (const route of this.#routes) {
      const answer = await route(decoded, url.searchParams);
      if (answer === undefined) continue;
      if (method !== 'HEAD') return answer;
      answer.close?.();
      return { ...answer, body: '' };
    }
    return notFound();
  }
}

export const textAnswer = (status: number, body: string): NodeAnswer => ({
  status,
  headers: [['Content-Type', 'text/plain; charset=utf-8']],
  body,
});

export const jsonAnswer = (value: object): NodeAnswer => ({
  status: 200,
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify(value),
});

export const notFound = (): NodeAnswer => textAnswer(404, '404 page not found\n');
