import { newInternalError, type Status, StatusError } from '../../../apimachinery/status-error.ts';
import type { EventWriter } from './event-writer.ts';
import type { FeedHandler } from './store-feed.ts';
import type { WatchOptions } from './watch-options.ts';
import type { WatchOutput } from './watch-output.ts';

/** A client that is gone is only noticed by writing to it. Milliseconds. */
const HEARTBEAT_MS = 30_000;

/** Events that wait for their conversion at most: beyond, the client has to watch anew. */
const MAX_WAITING = 1_000;

/** With `now` made a revision. */
export type StreamOptions = WatchOptions & { readonly after: number | null };

const NOT_CONVERTED = newInternalError('an object could not be converted');

/**
 * The client's end of a watch: what the feed brings, written to a response or a socket. Nothing
 * runs between events but one timer per watch in the Worker; the store sleeps.
 */
export class WatchStream implements FeedHandler {
  readonly #writer: EventWriter;
  readonly #options: StreamOptions;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #output: WatchOutput;
  #ended = false;
  #onEnd: () => void = () => undefined;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #revision: number;
  /** Whether the client has everything up to `#revision`: not while initial objects come in. */
  #resumable: boolean;

  constructor(writer: EventWriter, output: WatchOutput, options: StreamOptions) {
    this.#writer = writer;
    this.#output = output;
    output.onLeave = () => this.#end();
    this.#options = options;
    this.#revision = options.after ?? 0;
    this.#resumable = options.after !== null;
  }

  /** Starts the timers. `onEnd` is called once, when the stream is over for whatever reason. */
  run(onEnd: () => void): void {
    if (this.#ended) {
      onEnd();
      return;
    }
    this.#onEnd = onEnd;
    this.#timers.push(
      setInterval(() => this.#heartbeat(), HEARTBEAT_MS),
      setTimeout(() => this.#close(), this.#options.timeoutMs),
    );
  }

  onEvent(revision: number, event: string): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#write(this.#writer.event(event));
  }

  onSynced(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#resumable = true;
    if (this.#options.sendInitialEvents) {
      this.#write(this.#writer.bookmark(this.#revision, true));
    }
  }

  onProgress(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  onError(status: Status): void {
    this.#write(this.#writer.error(status));
    this.#close();
  }

  onClose(): void {
    this.#close();
  }

  #heartbeat(): void {
    // Every event up to the last one was sent, so its revision is a place to resume from.
    const bookmark = this.#options.bookmarks && this.#resumable;
    this.#write(bookmark ? this.#writer.bookmark(this.#revision, false) : this.#writer.filler);
  }

  /** Writes now, or behind what still waits for its conversion. */
  #write(bytes: Uint8Array | Promise<Uint8Array>): void {
    if (this.#waiting === 0 && bytes instanceof Uint8Array) {
      this.#send(bytes);
      return;
    }
    if (this.#waiting >= MAX_WAITING) {
      this.#close();
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail.then(async () => {
      try {
        this.#send(await bytes);
      } catch (error) {
        // Whoever watches must not miss an event: the watch ends with the reason.
        const status = error instanceof StatusError ? error.status : NOT_CONVERTED.status;
        this.#send(this.#writer.error(status));
        this.#close();
      } finally {
        this.#waiting -= 1;
      }
    });
  }

  #send(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    if (!this.#output.write(bytes)) this.#end();
  }

  #close(): void {
    if (!this.#ended) this.#output.close();
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onEnd();
  }
}
