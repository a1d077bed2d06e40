import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { currentSandbox } from '../../diff/observed.ts';
import type { ContainerRuntime } from '../../runtime/container-runtime.ts';
import type { EngineView } from '../../sync/engine-view.ts';
import type { KnownPod } from '../../sync/pod-sync.ts';
import type { NodeAPI } from '../../node-api/node-api.ts';
import { NodeAPIExchange } from '../../node-api/serve-node-api.ts';
import type { OpenStreamFrame } from '../link.ts';
import type { Dialler } from '../socket/dialler.ts';
import { CommandStream } from './command-stream.ts';
import type { CommandRequest } from './command-stream.ts';
import { serveLogs } from './log-stream.ts';
import type { LogRequest } from './log-stream.ts';
import { findLogTarget, findRunningTarget } from './log-target.ts';
import { ChannelPortForward } from './port-forward/channel-port-forward.ts';
import type { FindHost, PortForwardRequest } from './port-forward/forward-target.ts';
import { SpdyPortForward } from './port-forward/spdy-port-forward.ts';
import { HTTPExchange } from './proxy/http-exchange.ts';
import type { ProxyRequest } from './proxy/http-exchange.ts';
import { atPort, podAddress, podHost } from './proxy/proxy-target.ts';
import type { Address } from './proxy/proxy-target.ts';
import { WebSocketExchange } from './proxy/web-socket-exchange.ts';
import { StreamClosed, StreamSocket } from './stream-socket.ts';
import type { PayloadHandler } from './stream-socket.ts';

export interface StreamServerOptions {
  readonly dialler: Pick<Dialler, 'dial'>;
  readonly runtime: ContainerRuntime;
  readonly view: EngineView;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly findPod: (uid: string) => KnownPod | undefined;
  /** Where the machine is reached from itself. */
  readonly nodeIP: string;
  readonly nodeAPI: NodeAPI;
  /** Tells the waiting client through the link that no stream will come. */
  readonly refuse: (streamID: string, code: number, message: string) => void;
}

/** Streams of one node at a time; each holds at most two credit windows in memory. */
const MAX_STREAMS = 256;

/** Dials back and serves the streams that the control plane asks for, each on its own socket. */
export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #sockets = new Set<StreamSocket>();
  #open = 0;

  constructor(options: StreamServerOptions) {
    this.#options = options;
  }

  open(frame: OpenStreamFrame): void {
    const { logger, refuse } = this.#options;
    if (this.#open >= MAX_STREAMS) {
      refuse(frame.streamID, 429, 'too many streams are open on this node');
      return;
    }
    this.#open++;
    this.#serve(frame)
      .catch((error: unknown) => {
        if (error instanceof StreamClosed) return;
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ reason, kind: frame.request.kind }, 'stream failed');
        refuse(frame.streamID, 500, reason);
      })
      .finally(() => {
        this.#open--;
      });
  }

  /** Breaks all streams. */
  stop(): void {
    for (const socket of this.#sockets) socket.abort();
  }

  async #serve({ streamID, request }: OpenStreamFrame): Promise<void> {
    switch (request.kind) {
      case 'logs':
        return this.#serveLogs(streamID, request);
      case 'exec':
      case 'attach':
        return this.#serveCommand(streamID, request);
      case 'proxy':
        return this.#serveProxy(streamID, request);
      case 'portForward':
        return this.#servePortForward(streamID, request);
    }
  }

  async #serveLogs(streamID: string, request: LogRequest): Promise<void> {
    const { clock, findPod, refuse, runtime, view } = this.#options;
    const known = findPod(request.uid);
    const target = findLogTarget(known, view.pod(engineUID(known, request.uid)), request);
    if (!target.ok) {
      refuse(streamID, target.code, target.message);
      return;
    }
    await this.#withSocket(streamID, NO_PAYLOAD, (socket) =>
      serveLogs(runtime, target.container.id, request, socket, clock.now()),
    );
  }

  async #serveCommand(streamID: string, request: CommandRequest): Promise<void> {
    const { findPod, refuse, runtime, view } = this.#options;
    const known = findPod(request.uid);
    const target = findRunningTarget(known, view.pod(engineUID(known, request.uid)), request);
    if (!target.ok) {
      refuse(streamID, target.code, target.message);
      return;
    }
    // Attaching joins the terminal that the container has, whatever the client believes.
    const tty = request.kind === 'attach' ? target.container.tty : request.tty;
    const command = new CommandStream(runtime, { ...request, tty }, target.container.id);
    await this.#withSocket(streamID, command, (socket) => command.serve(socket));
  }

  async #serveProxy(streamID: string, request: ProxyRequest): Promise<void> {
    const { nodeAPI, refuse } = this.#options;
    const { target } = request;
    if (target.to === 'node' && target.port === '') {
      const exchange = new NodeAPIExchange(nodeAPI, request);
      await this.#withSocket(streamID, exchange, (socket) => exchange.serve(socket));
      return;
    }
    const address = this.#addressOf(request);
    if (!address.ok) {
      refuse(streamID, address.code, address.message);
      return;
    }
    const exchange = request.isWebSocket
      ? new WebSocketExchange(request, address)
      : new HTTPExchange(request, address);
    await this.#withSocket(streamID, exchange, (socket) => exchange.serve(socket));
  }

  async #servePortForward(streamID: string, request: PortForwardRequest): Promise<void> {
    const { clock, findPod, runtime, view } = this.#options;
    const { uid, name } = request;
    const findHost: FindHost = () => {
      const known = findPod(uid);
      const observed = view.pod(engineUID(known, uid));
      const found = podHost(known, observed, name);
      const sandbox = currentSandbox(observed);
      if (!found.ok || sandbox === undefined) return found;
      return { ...found, dialLoopback: (port) => runtime.dialLoopback(sandbox.id, port) };
    };
    const forward =
      request.framing === 'spdy'
        ? new SpdyPortForward(request, findHost, clock)
        : new ChannelPortForward(request, findHost);
    await this.#withSocket(streamID, forward, (socket) => forward.serve(socket));
  }

  #addressOf({ target, scheme }: ProxyRequest): Address {
    const { findPod, nodeIP, view } = this.#options;
    if (target.to === 'node') return atPort(nodeIP, target.port, scheme);
    const { uid, name, port } = target;
    const known = findPod(uid);
    return podAddress(known, view.pod(engineUID(known, uid)), name, port, scheme);
  }

  async #withSocket(
    streamID: string,
    handler: PayloadHandler,
    serve: (socket: StreamSocket) => Promise<void>,
  ): Promise<void> {
    const { clock, dialler } = this.#options;
    const socket = await StreamSocket.dial(dialler, streamID, clock, handler);
    this.#sockets.add(socket);
    try {
      await serve(socket);
    } catch (error) {
      if (!(error instanceof StreamClosed)) {
        const message = error instanceof Error ? error.message : String(error);
        socket.end({ code: 500, message });
      }
    } finally {
      this.#sockets.delete(socket);
    }
  }
}

/** A static pod is known to the API by another UID than to the engine. */
const engineUID = (known: KnownPod | undefined, uid: string): string =>
  known?.pod.metadata.uid ?? uid;

const NO_PAYLOAD: PayloadHandler = { payload: async () => undefined };
