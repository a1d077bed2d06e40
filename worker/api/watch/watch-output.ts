import type { Encoding } from '../encoding.ts';
import { STREAM_CACHING } from '../finish-response.ts';

/** Bytes that may wait for a client that reads slowly; beyond it the watch is cut off. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;

/** What a watch is written to. */
export interface WatchOutput {
  /** What the request is answered with. */
  readonly response: Response;
  /** Called once when the client has left. */
  onLeave: () => void;
  /** Writes one event; false when the client reads so slowly that it was cut off. */
  write(bytes: Uint8Array): boolean;
  /** Ends it in order. */
  close(): void;
}

/** A chunked response: one event a line, or a frame. */
export class ResponseOutput implements WatchOutput {
  readonly response: Response;
  onLeave: () => void = () => undefined;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(contentType: string) {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.onLeave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
    );
    this.response = new Response(body, {
      headers: { 'Content-Type': contentType, 'Cache-Control': STREAM_CACHING },
    });
  }

  write(bytes: Uint8Array): boolean {
    this.#controller.enqueue(bytes);
    if ((this.#controller.desiredSize ?? 0) >= -MAX_BACKLOG_BYTES) return true;
    this.#controller.error(new Error('the client reads too slowly'));
    return false;
  }

  close(): void {
    this.#controller.close();
  }
}

/**
 * A WebSocket: one event a message, of text for JSON, of bytes else. Browsers watch this way. How
 * fast its client reads cannot be seen from here.
 */
export class SocketOutput implements WatchOutput {
  readonly response: Response;
  onLeave: () => void = () => undefined;
  readonly #socket: WebSocket;
  readonly #isText: boolean;

  constructor(encoding: Encoding) {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#socket = server;
    this.#isText = encoding === 'json';
    server.accept();
    server.addEventListener('close', () => this.onLeave());
    server.addEventListener('error', () => this.onLeave());
    this.response = new Response(null, { status: 101, webSocket: client });
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isText) {
      this.#socket.send(bytes);
      return true;
    }
    const text = new TextDecoder().decode(bytes);
    // The space between lines that keeps a connection alive is no event of its own.
    if (text.trim() !== '') this.#socket.send(text);
    return true;
  }

  close(): void {
    this.#socket.close(1000, 'the watch is over');
  }
}
