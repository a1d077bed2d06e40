import { request } from 'node:http';
import type { Cluster } from './cluster.ts';
import { Watcher } from './watcher.ts';

const CLIENTS = 8;
const REQUEST_TIMEOUT_MS = 5_000;

interface EndpointSlice {
  metadata: { name: string };
  endpoints?: readonly { addresses: readonly string[]; conditions?: { ready?: boolean } }[];
  ports?: readonly { port?: number }[];
}

interface EndpointSliceList {
  metadata: { resourceVersion: string };
  items: readonly EndpointSlice[];
}

/**
 * Clients that send requests to a Service without pause, as through a proxy that goes by its
 * EndpointSlices: each request goes to the next endpoint that is ready, over a connection of its own.
 */
export class EndpointLoad {
  /** How often each body was answered. */
  readonly answers = new Map<string, number>();
  /** What went wrong with the requests that failed. */
  readonly failures: string[] = [];
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #watcher: Watcher;
  readonly #stopped = new AbortController();
  readonly #clients: Promise<unknown>;
  #next = 0;

  private constructor(cluster: Cluster, path: string, list: EndpointSliceList) {
    for (const slice of list.items) this.#slices.set(slice.metadata.name, slice);
    const { resourceVersion } = list.metadata;
    this.#watcher = new Watcher(
      () => cluster.connection,
      path,
      resourceVersion,
      (type, object) => {
        const slice = object as EndpointSlice;
        if (type === 'DELETED') this.#slices.delete(slice.metadata.name);
        else this.#slices.set(slice.metadata.name, slice);
      },
    );
    this.#clients = Promise.all(Array.from({ length: CLIENTS }, () => this.#client()));
  }

  /** Begins to send requests to the endpoints of all Services of a namespace. */
  static async start(cluster: Cluster, namespace: string): Promise<EndpointLoad> {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    return new EndpointLoad(cluster, path, await cluster.client.json('GET', path));
  }

  /** Ends when every request has its answer. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#clients;
    await this.#watcher.stop();
  }

  async #client(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const targets = this.#targets();
      const target = targets[this.#next++ % targets.length];
      try {
        if (target === undefined) throw new Error('no endpoint is ready');
        const body = await get(target);
        this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
      } catch (error) {
        this.failures.push(`${target ?? 'none'}: ${String(error)}`);
        if (this.failures.length > 100) return;
      }
    }
  }

  #targets(): string[] {
    return [...this.#slices.values()].flatMap(({ endpoints = [], ports = [] }) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready === true)
        .flatMap(({ addresses }) => addresses.map((ip) => `http://${ip}:${ports[0]?.port}/`)),
    );
  }
}

/** The body of a good answer. @throws Error for any other, or none. */
function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body.trim());
        else reject(new Error(`answered with ${response.statusCode}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end();
  });
}
