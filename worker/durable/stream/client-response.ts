import { newStatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import { RESPONSE_HEAD_HEADER, type ResponseHead } from '../../../apimachinery/stream-protocol.ts';

const REASONS: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

interface ClientListener {
  /** Is told how many bytes the client has taken, for the node's credit. */
  readonly consumed: (bytes: number) => void;
  /** The client has closed its connection. */
  readonly gone: () => void;
}

/**
 * The answer to a plain HTTP client of a stream: nothing until the node has accepted or refused,
 * then the bytes, read from the node as fast as the client takes them.
 */
export class ClientResponse {
  readonly promise: Promise<Response>;
  #resolve: (response: Response) => void = () => undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #accepted = false;
  #done = false;
  readonly #listener: ClientListener;
  /** Bytes given to the stream and not yet known to be taken. */
  #unconsumed = 0;

  constructor(listener: ClientListener) {
    this.#listener = listener;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param head of a proxied request's response */
  accept(head?: ResponseHead): void {
    if (this.#accepted) return;
    this.#accepted = true;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#giveBack(),
        cancel: () => {
          this.#done = true;
          this.#listener.gone();
        },
      },
      { highWaterMark: 1 },
    );
    const headers: HeadersInit =
      head === undefined
        ? { 'Content-Type': 'text/plain' }
        : { [RESPONSE_HEAD_HEADER]: encodeURIComponent(JSON.stringify(head)) };
    this.#resolve(new Response(body, { headers }));
  }

  write(bytes: Uint8Array): void {
    if (this.#done) return;
    this.accept();
    this.#unconsumed += bytes.byteLength;
    this.#controller?.enqueue(bytes);
    if ((this.#controller?.desiredSize ?? 0) > 0) this.#giveBack();
  }

  /** Answers with something else than bytes. */
  replaceBy(response: Response): void {
    this.#done = true;
    this.#resolve(response);
  }

  end(code: number | undefined, message: string | undefined): void {
    if (this.#done) return;
    this.#done = true;
    if (!this.#accepted && code !== undefined) {
      this.#resolve(refusal(code, message ?? 'the node refused the stream'));
    } else if (code !== undefined) {
      this.#controller?.error(new Error(message ?? 'the stream failed'));
    } else {
      this.accept();
      this.#controller?.close();
    }
  }

  /** The node went away without an end: the client must see an error, not a short answer. */
  break(): void {
    this.end(500, 'the connection to the node was lost');
  }

  #giveBack(): void {
    const bytes = this.#unconsumed;
    this.#unconsumed = 0;
    this.#listener.consumed(bytes);
  }
}

function refusal(code: number, message: string): Response {
  const { status } = newStatusError(REASONS[code] ?? 'InternalError', message);
  return Response.json({ ...status, code }, { status: code });
}
