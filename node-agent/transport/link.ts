import type { Logger } from 'pino';
import {
  AGENT_PROTOCOL_VERSION,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REVOKED,
  CLOSE_SUPERSEDED,
  controlFrameSchema,
  decodeFrame,
} from '../../apimachinery/agent-protocol.ts';
import type { AgentFrame, ControlFrame } from '../../apimachinery/agent-protocol.ts';
import { nodeUsageSchema } from '../../apimachinery/node-usage.ts';
import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import type { Clock } from '../clock.ts';
import type { DesiredFrame } from '../sync/desired-state.ts';
import { DesiredAssembly } from './desired-assembly.ts';
import type { ReportQueue } from '../sync/report-queue.ts';
import { LONGEST_RECONNECT_DELAY_MS, reconnectDelayMs } from './reconnect-delay.ts';
import { CLOSED_ABNORMALLY } from './socket/agent-socket.ts';
import type { AgentSocket, SocketRequest } from './socket/agent-socket.ts';
import type { Dialler } from './socket/dialler.ts';

export type HelloFrame = Extract<AgentFrame, { type: 'hello' }>;
export type RemoveVolumesFrame = Extract<ControlFrame, { type: 'removeVolumes' }>;
export type OpenStreamFrame = Extract<ControlFrame, { type: 'openStream' }>;

export interface LinkOptions {
  readonly dialler: Pick<Dialler, 'dial' | 'dialWebSocket' | 'retryDelayMs'>;
  readonly nodeName: string;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly reports: ReportQueue;
  /** The first frame of a connection, as things stand now. */
  readonly hello: () => Omit<HelloFrame, 'type' | 'protocol'>;
  /**
   * Takes over a change of the desired state; resolves once it is safe. False when it does not
   * continue what is known here.
   */
  readonly onDesired: (frame: DesiredFrame) => Promise<boolean>;
  readonly onOpenStream: (frame: OpenStreamFrame) => void;
  readonly onRemoveVolumes: (frame: RemoveVolumesFrame) => void;
  /** What the node uses; throws when that cannot be told. */
  readonly sampleUsage: () => Promise<NodeUsage>;
  /** A connection stands; called before reports go out. */
  readonly onWelcome: (welcome: Extract<ControlFrame, { type: 'welcome' }>) => void;
  /** What {@link Link.state} says has changed. */
  readonly onState?: () => void;
}

const PING_INTERVAL_MS = 20_000;
/**
 * A ping that nothing has come after for this long means that the other end is gone, whatever TCP
 * believes. A link is back before the control plane takes its node for lost (50 s).
 */
const PONG_TIMEOUT_MS = 15_000;
/** A connection that lasted this long ends a series of failures. */
const STABLE_MS = 10_000;
/** What a peer has to answer a close in. */
const CLOSE_TIMEOUT_MS = 20_000;

export interface LinkState {
  readonly isUp: boolean;
  readonly sinceMs: number;
  readonly problem: string | undefined;
}

interface Connection {
  readonly socket: AgentSocket;
  /** When the control plane accepted it; undefined before. */
  welcomedAtMs: number | undefined;
  lastHeardMs: number;
  cancelPing: (() => void) | undefined;
  /** Of a polled one: the next try of a WebSocket. */
  cancelRetry: (() => void) | undefined;
  readonly desired: DesiredAssembly;
  /** Frames are taken one after another, in their order. */
  work: Promise<void>;
}

/** The node's one connection to the control plane, opened by the node and kept open. */
export class Link {
  readonly #options: LinkOptions;
  #connection: Connection | undefined;
  #failures = 0;
  #cancelReconnect: (() => void) | undefined;
  #stopped = false;
  #sendScheduled = false;
  #isUp = false;
  #changedAtMs: number;
  #problem: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#changedAtMs = options.clock.now();
    options.reports.onPending(() => this.#scheduleReport());
  }

  start(): void {
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReconnect?.();
    const connection = this.#connection;
    if (connection === undefined) return;
    letGo(connection);
    connection.socket.close(1000);
  }

  /** Whether the control plane can be told something now. */
  get connected(): boolean {
    return this.#connection?.welcomedAtMs !== undefined;
  }

  /** Whether it is up, since when, and if it is not, why. */
  get state(): LinkState {
    const problem = this.#isUp ? undefined : this.#problem;
    return { isUp: this.#isUp, sinceMs: this.#changedAtMs, problem };
  }

  #changed(isUp: boolean, problem: string | undefined): void {
    if (isUp !== this.#isUp) this.#changedAtMs = this.#options.clock.now();
    this.#isUp = isUp;
    this.#problem = problem;
    this.#options.onState?.();
  }

  refuseStream(streamID: string, code: number, message: string): void {
    if (this.#connection === undefined) return;
    this.#send(this.#connection, { type: 'streamRefused', streamID, code, message });
  }

  async #connect(): Promise<void> {
    let socket: AgentSocket;
    try {
      socket = await this.#options.dialler.dial(this.#request);
    } catch (error) {
      if (!this.#stopped) this.#lost(undefined, CLOSED_ABNORMALLY, messageOf(error));
      return;
    }
    this.#adopt(socket);
  }

  get #request(): SocketRequest {
    return { path: `nodes/${encodeURIComponent(this.#options.nodeName)}/link`, heartbeat: 'text' };
  }

  /** The newest connection is the link: the control plane has let go of an older one by now. */
  #adopt(socket: AgentSocket): void {
    if (this.#stopped) {
      socket.terminate();
      return;
    }
    this.#cancelReconnect?.();
    const older = this.#connection;
    const { clock } = this.#options;
    const connection: Connection = {
      socket,
      welcomedAtMs: undefined,
      desired: new DesiredAssembly(),
      lastHeardMs: clock.now(),
      cancelPing: undefined,
      cancelRetry: undefined,
      work: Promise.resolve(),
    };
    this.#connection = connection;
    if (older !== undefined) {
      letGo(older);
      older.socket.terminate();
      this.#options.reports.rewind();
    }
    socket.start({
      message: (data, isBinary) => {
        if (isBinary) this.#fail(connection, new Error('binary frame on the link'));
        else this.#receive(connection, data.toString('utf8'));
      },
      heard: () => {
        connection.lastHeardMs = clock.now();
      },
      closed: (code, reason) => this.#closed(connection, code, reason),
    });
    this.#greet(connection);
    if (socket.transport === 'long-poll') this.#retryWebSocket(connection);
  }

  /** A link that is polled goes on until a WebSocket stands in its place. */
  #retryWebSocket(connection: Connection): void {
    const { clock, dialler } = this.#options;
    connection.cancelRetry = clock.schedule(dialler.retryDelayMs, () => {
      dialler.dialWebSocket(this.#request).then(
        (socket) => this.#adopt(socket),
        () => {
          if (this.#connection === connection) this.#retryWebSocket(connection);
        },
      );
    });
  }

  #greet(connection: Connection): void {
    this.#send(connection, {
      type: 'hello',
      protocol: AGENT_PROTOCOL_VERSION,
      ...this.#options.hello(),
    });
    this.#keepAlive(connection);
  }

  #keepAlive(connection: Connection, firstInMs = PING_INTERVAL_MS): void {
    const { clock, logger } = this.#options;
    connection.cancelPing = clock.schedule(firstInMs, () => {
      const sentAtMs = clock.now();
      connection.socket.ping();
      connection.cancelPing = clock.schedule(PONG_TIMEOUT_MS, () => {
        if (connection.lastHeardMs < sentAtMs) {
          logger.warn('the control plane has fallen silent');
          connection.socket.terminate();
        } else this.#keepAlive(connection, PING_INTERVAL_MS - PONG_TIMEOUT_MS);
      });
    });
  }

  #receive(connection: Connection, text: string): void {
    // Reading stops while a frame is taken, so that a flood waits in the network, not here.
    connection.socket.pause();
    connection.work = connection.work
      .then(() => this.#take(connection, decodeFrame(controlFrameSchema, text)))
      .catch((error: unknown) => this.#fail(connection, error))
      .finally(() => connection.socket.resume());
  }

  async #take(connection: Connection, frame: ControlFrame): Promise<void> {
    if (this.#connection !== connection || this.#stopped) return;
    switch (frame.type) {
      case 'welcome':
        if (frame.protocol !== AGENT_PROTOCOL_VERSION) {
          throw new Error(`control plane speaks protocol ${frame.protocol}`);
        }
        connection.welcomedAtMs = this.#options.clock.now();
        this.#options.logger.info(
          { generation: frame.generation, transport: connection.socket.transport },
          'link is up',
        );
        this.#changed(true, undefined);
        this.#options.onWelcome(frame);
        this.#scheduleReport();
        return;
      case 'desired': {
        const whole = connection.desired.take(frame);
        if (whole === null) return;
        if (!(await this.#options.onDesired(whole))) {
          throw new Error(`desired state from ${whole.from} does not continue what is here`);
        }
        const { position, epoch } = whole;
        this.#send(connection, { type: 'ack', position, epoch });
        return;
      }
      case 'reported':
        this.#options.reports.answered(frame.seq);
        return;
      case 'removeVolumes':
        this.#options.onRemoveVolumes(frame);
        return;
      case 'openStream':
        this.#options.onOpenStream(frame);
        return;
      case 'sampleUsage':
        // Takes seconds: other frames are not kept waiting.
        void this.#tellUsage(connection, frame.requestID);
        return;
    }
  }

  async #tellUsage(connection: Connection, requestID: string): Promise<void> {
    let usage: NodeUsage | null = null;
    try {
      // What the other end would refuse must not cost the link.
      usage = nodeUsageSchema.parse(await this.#options.sampleUsage());
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'usage cannot be told');
    }
    if (this.#connection === connection)
      this.#send(connection, { type: 'usage', requestID, usage });
  }

  /** One report for all that came up in this turn of the event loop. */
  #scheduleReport(): void {
    if (this.#sendScheduled || !this.connected) return;
    this.#sendScheduled = true;
    setImmediate(() => {
      this.#sendScheduled = false;
      if (this.#connection === undefined || !this.connected) return;
      const report = this.#options.reports.take();
      if (report !== undefined) this.#send(this.#connection, report);
    });
  }

  #send(connection: Connection, frame: AgentFrame): void {
    connection.socket.send(JSON.stringify(frame));
  }

  #fail(connection: Connection, error: unknown): void {
    const reason = messageOf(error);
    this.#options.logger.error({ reason }, 'link given up');
    this.#changed(this.#isUp, reason);
    connection.socket.close(CLOSE_PROTOCOL_ERROR);
    letGo(connection);
    // A peer that does not answer the close must not keep the connection.
    connection.cancelPing = this.#options.clock.schedule(CLOSE_TIMEOUT_MS, () =>
      connection.socket.terminate(),
    );
  }

  #closed(connection: Connection, code: number, reason: string): void {
    letGo(connection);
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#options.reports.rewind();
    if (!this.#stopped) this.#lost(connection, code, reason);
  }

  /** @param connection undefined when none was made */
  #lost(connection: Connection | undefined, code: number, reason: string): void {
    const { clock, logger, random } = this.#options;
    // Only a connection that lasted says that all is well; one that breaks at once does not.
    const livedMs = clock.now() - (connection?.welcomedAtMs ?? Infinity);
    if (livedMs >= STABLE_MS) this.#failures = 0;
    if (code === CLOSE_SUPERSEDED || code === CLOSE_REVOKED) {
      const cause = code === CLOSE_REVOKED ? 'revoked' : 'taken over by another agent';
      logger.error(`this node's link was ${cause}; pods keep running`);
      this.#changed(false, `this node was ${cause}`);
      this.#reconnectIn(LONGEST_RECONNECT_DELAY_MS);
      return;
    }
    const problem = reason === '' ? this.#problem : reason;
    this.#changed(false, problem ?? `the connection was closed (${code})`);
    const delayMs = reconnectDelayMs(this.#failures++, random());
    logger.info({ code, delayMs, ...(reason === '' ? {} : { reason }) }, 'link is down');
    this.#reconnectIn(delayMs);
  }

  #reconnectIn(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancelReconnect = this.#options.clock.schedule(delayMs, () => void this.#connect());
  }
}

function letGo(connection: Connection): void {
  connection.cancelPing?.();
  connection.cancelRetry?.();
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
