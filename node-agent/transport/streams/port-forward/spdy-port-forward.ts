import type { Clock } from '../../../clock.ts';
import type { PayloadHandler, StreamSocket } from '../stream-socket.ts';
import { dialPort } from './forward-target.ts';
import type { FindHost, PortForwardRequest } from './forward-target.ts';
import type { PodConnection } from './pod-connection.ts';
import { RESET } from './spdy/frames.ts';
import { SpdySession } from './spdy/session.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** How long one stream of a connection waits for the other (upstream's stream creation timeout). */
const PAIR_TIMEOUT_MS = 30_000;
const MAX_PORT = 65_535;

type Role = 'data' | 'error';

interface Pair {
  readonly streams: Partial<Record<Role, SpdyStream>>;
  readonly cancelTimer: () => void;
}

/**
 * Port forwarding over SPDY: each connection of the client has a stream for its data and one for its
 * errors, which a request ID makes a pair.
 */
export class SpdyPortForward implements PayloadHandler {
  readonly #request: PortForwardRequest;
  readonly #findHost: FindHost;
  readonly #clock: Clock;
  readonly #pairs = new Map<string, Pair>();
  readonly #session: Promise<SpdySession>;
  #resolveSession: (session: SpdySession) => void = () => undefined;

  constructor(request: PortForwardRequest, findHost: FindHost, clock: Clock) {
    this.#request = request;
    this.#findHost = findHost;
    this.#clock = clock;
    this.#session = new Promise((resolve) => {
      this.#resolveSession = resolve;
    });
  }

  async payload(data: Buffer): Promise<void> {
    const session = await this.#session;
    await session.receive(data);
  }

  /** Serves connections until the client closes. */
  async serve(socket: StreamSocket): Promise<void> {
    const session = new SpdySession(
      (bytes) => socket.sendAll(bytes),
      (stream) => this.#opened(stream),
    );
    this.#resolveSession(session);
    socket.accept();
    await socket.closed;
    session.close();
    for (const { cancelTimer } of this.#pairs.values()) cancelTimer();
    this.#pairs.clear();
  }

  #opened(stream: SpdyStream): void {
    const role = stream.headers.get('streamtype');
    const port = portOf(stream);
    if ((role !== 'data' && role !== 'error') || port === undefined) {
      void stream.reset(RESET.refusedStream).catch(ignoreClosed);
      return;
    }
    const requestID = requestIDOf(stream, role);
    const pair = this.#pairs.get(requestID) ?? this.#newPair(requestID);
    if (pair.streams[role] !== undefined) {
      void stream.reset(RESET.streamInUse).catch(ignoreClosed);
      return;
    }
    pair.streams[role] = stream;
    void stream.accept().catch(ignoreClosed);
    const { data, error } = pair.streams;
    if (data === undefined || error === undefined) return;
    pair.cancelTimer();
    this.#pairs.delete(requestID);
    void this.#forward(port, data, error).catch(ignoreClosed);
  }

  #newPair(requestID: string): Pair {
    const streams: Pair['streams'] = {};
    const cancelTimer = this.#clock.schedule(PAIR_TIMEOUT_MS, () => {
      this.#pairs.delete(requestID);
      void this.#timedOut(requestID, streams).catch(ignoreClosed);
    });
    const pair = { streams, cancelTimer };
    this.#pairs.set(requestID, pair);
    return pair;
  }

  async #timedOut(requestID: string, { data, error }: Pair['streams']): Promise<void> {
    await error?.send(Buffer.from(`(request=${requestID}) timed out waiting for streams`));
    await error?.finish();
    await data?.reset();
  }

  async #forward(port: number, data: SpdyStream, error: SpdyStream): Promise<void> {
    let pod: PodConnection;
    try {
      pod = await dialPort(this.#request, port, this.#findHost);
    } catch (failure) {
      await error.send(Buffer.from(failure instanceof Error ? failure.message : String(failure)));
      await error.finish();
      await data.reset();
      return;
    }
    const input = this.#passInput(data, pod);
    try {
      for await (const bytes of pod.output()) await data.send(bytes);
      await data.finish();
    } catch {
      // Either end broke off; the other sees the same.
      pod.destroy();
      await data.reset(RESET.internalError);
    }
    await error.finish();
    await input;
    pod.destroy();
  }

  async #passInput(data: SpdyStream, pod: PodConnection): Promise<void> {
    try {
      for await (const bytes of data.incoming()) await pod.write(bytes);
      pod.finish();
    } catch {
      // The client has reset the stream: it wants nothing more of the connection.
      pod.destroy();
    }
  }
}

function portOf({ headers }: SpdyStream): number | undefined {
  const text = headers.get('port') ?? '';
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}

/** Clients of old name no request; their data streams follow their error streams. */
function requestIDOf({ headers, id }: SpdyStream, role: Role): string {
  return headers.get('requestid') ?? String(role === 'error' ? id : id - 2);
}

/** The client has closed everything; nobody is left to tell. */
const ignoreClosed = (): void => undefined;
