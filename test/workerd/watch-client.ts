import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { WatchRequest } from '../../worker/durable/store/protocol.ts';
import { stubOf } from './stores.ts';

/** The API's end of a store's watch socket, with everything that came so far. */
export class WatchClient {
  readonly lines: string[] = [];
  closed = false;
  readonly #socket: WebSocket;
  #onChange: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.lines.push(...String(data).split('\n'));
      this.#onChange();
    });
    socket.addEventListener('close', () => {
      this.closed = true;
      this.#onChange();
    });
    socket.accept();
  }

  static async open(
    request: Pick<WatchRequest, 'scope' | 'resource'> & Partial<WatchRequest>,
  ): Promise<WatchClient> {
    const watch: WatchRequest = { labelSelector: '', fieldSelector: '', after: null, ...request };
    const query = new URLSearchParams({ watch: JSON.stringify(watch) });
    const { webSocket } = await stubOf(watch.scope).fetch(
      `https://store/watch?${query.toString()}`,
      {
        headers: { Upgrade: 'websocket' },
      },
    );
    if (webSocket === null) throw new Error('the watch was refused');
    return new WatchClient(webSocket);
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close(1000, 'done');
  }

  /** Resolves once what came so far satisfies a condition. */
  async until(condition: (client: WatchClient) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  /** Events as `ADDED name`, in the order in which they came. */
  get events(): string[] {
    return this.#frames().map(({ type, object }) => `${type} ${object.metadata.name}`);
  }

  get revisions(): number[] {
    return this.lines.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(' ')[0]));
  }

  /** Asks for progress and waits for the answer: everything before it has arrived then. */
  async settle(revision: number): Promise<number> {
    const before = this.#progress().length;
    this.send(`~ ${revision}`);
    await this.until(() => this.#progress().length > before);
    return this.#progress().at(-1) ?? 0;
  }

  #progress(): number[] {
    return this.lines.filter((line) => line.startsWith('~')).map((line) => Number(line.slice(2)));
  }

  #frames(): { type: string; object: KubernetesObject }[] {
    return this.lines
      .filter((line) => /^\d/.test(line))
      .map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));
  }
}
