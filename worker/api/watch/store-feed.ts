import { type Status, StatusError } from '../../../apimachinery/status-error.ts';
import type { Env } from '../../durable/env.ts';
import type { WatchRequest } from '../../durable/store/protocol.ts';
import { storeOf } from '../api-context.ts';

/** What a store says on a watch socket; see worker/durable/store/protocol.ts for the frames. */
export interface FeedHandler {
  /** `event` is the frame for clients: `{"type":…,"object":…}`. */
  onEvent(revision: number, event: string): void;
  /** The initial objects are through. */
  onSynced(revision: number): void;
  /** Everything up to `revision` was delivered. */
  onProgress(revision: number): void;
  onError(status: Status): void;
  /** The store is gone (restarted, moved); the client has to watch anew. */
  onClose(): void;
}

const SYNCED = '=';
const PROGRESS = '~';
const ERROR = '!';

/** The joint with one store's watch. */
export class StoreFeed {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, handler: FeedHandler) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') for (const line of data.split('\n')) receive(line, handler);
    });
    socket.addEventListener('close', () => handler.onClose());
    socket.addEventListener('error', () => handler.onClose());
    socket.accept();
  }

  static async open(env: Env, request: WatchRequest, handler: FeedHandler): Promise<StoreFeed> {
    const query = new URLSearchParams({ watch: JSON.stringify(request) });
    const response = await storeOf(env, request.scope).fetch(
      `https://store/watch?${query.toString()}`,
      {
        headers: { Upgrade: 'websocket' },
      },
    );
    if (response.webSocket === null) {
      if (response.status === 400) throw new Error('the store did not take the watch');
      throw new StatusError(await response.json<Status>());
    }
    return new StoreFeed(response.webSocket, handler);
  }

  /** Asks the store to close the past up to a revision; answered by `onProgress`. */
  requestProgress(revision: number): void {
    this.#socket.send(`${PROGRESS} ${revision}`);
  }

  close(): void {
    this.#socket.close(1000, 'watch ended');
  }
}

function receive(line: string, handler: FeedHandler): void {
  const space = line.indexOf(' ');
  const head = line.slice(0, space);
  const rest = line.slice(space + 1);
  switch (head) {
    case SYNCED:
      handler.onSynced(Number(rest));
      return;
    case PROGRESS:
      handler.onProgress(Number(rest));
      return;
    case ERROR:
      handler.onError(JSON.parse(rest) as Status);
      return;
    default:
      handler.onEvent(Number(head), rest);
  }
}
