import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from './cluster.ts';

export interface SeenEvent {
  readonly type: string;
  readonly name: string;
  readonly resourceVersion: number;
}

interface Frame {
  type: string;
  object: { metadata?: { name?: string; resourceVersion?: string }; code?: number };
}

/** Takes each event's type and whole object as it comes. */
export type OnObject = (type: string, object: unknown) => void;

const RETRY_MS = 50;

/** A client that watches as informers do: it resumes from the last revision that it has seen. */
export class Watcher {
  readonly events: SeenEvent[] = [];
  /** How often the watch was begun. */
  connections = 0;
  readonly #connection: () => Connection;
  readonly #path: string;
  readonly #onObject: OnObject | undefined;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #resourceVersion: string;

  /** @param path of the collection; the watch begins after `resourceVersion` */
  constructor(
    connection: () => Connection,
    path: string,
    resourceVersion: string,
    onObject?: OnObject,
  ) {
    this.#connection = connection;
    this.#onObject = onObject;
    this.#path = path;
    this.#resourceVersion = resourceVersion;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#watchOnce();
      } catch {
        // The control plane is away: it is tried again until somebody stops this.
      }
      await pause(RETRY_MS);
    }
  }

  #watchOnce(): Promise<void> {
    const { server, ca, token } = this.#connection();
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${this.#resourceVersion}`;
    return new Promise((resolve, reject) => {
      const call = request(
        `${server}${this.#path}?${query}`,
        { ca, headers: { Authorization: `Bearer ${token}` }, signal: this.#stopped.signal },
        (response) => {
          this.connections++;
          let rest = '';
          response.setEncoding('utf8');
          response.on('data', (text: string) => {
            const lines = (rest + text).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) this.#take(line);
          });
          response.on('error', reject);
          response.on('end', resolve);
        },
      );
      call.on('error', reject);
      call.end();
    });
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    const { type, object } = JSON.parse(line) as Frame;
    const { name = '', resourceVersion = '' } = object.metadata ?? {};
    if (type !== 'BOOKMARK') {
      this.events.push({ type, name, resourceVersion: Number(resourceVersion) });
      this.#onObject?.(type, object);
    }
    if (type !== 'ERROR') this.#resourceVersion = resourceVersion;
  }
}
