import type { Status } from '../../../apimachinery/status-error.ts';
import type { EventWriter } from './event-writer.ts';
import type { FeedHandler } from './store-feed.ts';
import type { WatchOptions } from './watch-options.ts';

/** Bytes that may wait for a client that reads slowly; beyond it the watch is cut off. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
/** A client that is gone is only noticed by writing to it. Milliseconds. */
const HEARTBEAT_MS = 30_000;

/** With `now` made a revision. */
export type StreamOptions = WatchOptions & { readonly after: number | null };

/**
 * The client's end of a watch: a chunked response that the feed writes to. Nothing runs between
 * events but one timer per watch in the Worker; the store sleeps.
 */
export class WatchStream implements FeedHandler {
  readonly response: Response;
  readonly #writer: EventWriter;
  readonly #options: StreamOptions;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #onEnd: () => void = () => undefined;
  #revision: number;
  /** Whether the client has everything up to `#revision`: not while initial objects come in. */
  #resumable: boolean;

  constructor(writer: EventWriter, options: StreamOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#revision = options.after ?? 0;
    this.#resumable = options.after !== null;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
    );
    this.response = new Response(body, {
      headers: { 'Content-Type': writer.contentType, 'Cache-Control': 'no-cache, private' },
    });
  }

  /** Starts the timers. `onEnd` is called once, when the stream is over for whatever reason. */
  run(onEnd: () => void): void {
    if (this.#controller === null) {
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

  #write(bytes: Uint8Array): void {
    if (this.#controller === null || bytes.length === 0) return;
    this.#controller.enqueue(bytes);
    if ((this.#controller.desiredSize ?? 0) < -MAX_BACKLOG_BYTES) {
      this.#controller.error(new Error('the client reads too slowly'));
      this.#end();
    }
  }

  #close(): void {
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onEnd();
  }
}
