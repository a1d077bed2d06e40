import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import {
  AGENT_PROTOCOL_VERSION,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REVOKED,
  CLOSE_SUPERSEDED,
  controlFrameSchema,
  decodeFrame,
  MAX_FRAME_BYTES,
  PING,
  PONG,
} from '../../apimachinery/agent-protocol.ts';
import type { AgentFrame, ControlFrame } from '../../apimachinery/agent-protocol.ts';
import { nodeUsageSchema } from '../../apimachinery/node-usage.ts';
import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import type { Clock } from '../clock.ts';
import type { DesiredFrame } from '../sync/desired-state.ts';
import { DesiredAssembly } from './desired-assembly.ts';
import type { ReportQueue } from '../sync/report-queue.ts';
import type { Endpoint } from './endpoint.ts';
import { webSocketURL } from './endpoint.ts';
import { LONGEST_RECONNECT_DELAY_MS, reconnectDelayMs } from './reconnect-delay.ts';

export type HelloFrame = Extract<AgentFrame, { type: 'hello' }>;
export type RemoveVolumesFrame = Extract<ControlFrame, { type: 'removeVolumes' }>;
export type OpenStreamFrame = Extract<ControlFrame, { type: 'openStream' }>;

export interface LinkOptions {
  readonly endpoint: Endpoint;
  readonly nodeName: string;
  readonly token: () => Promise<string>;
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
const HANDSHAKE_TIMEOUT_MS = 20_000;

export interface LinkState {
  readonly isUp: boolean;
  readonly sinceMs: number;
  readonly problem: string | undefined;
}

interface Connection {
  readonly socket: WebSocket;
  /** When the control plane accepted it; undefined before. */
  welcomedAtMs: number | undefined;
  lastHeardMs: number;
  cancelPing: (() => void) | undefined;
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
    connection.cancelPing?.();
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
    const { endpoint, nodeName, token, clock } = this.#options;
    let bearer: string;
    try {
      bearer = await token();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'no node token can be signed');
      this.#changed(false, 'no node token can be signed');
      this.#reconnectIn(LONGEST_RECONNECT_DELAY_MS);
      return;
    }
    if (this.#stopped) return;
    const url = webSocketURL(endpoint, `nodes/${encodeURIComponent(nodeName)}/link`);
    const socket = new WebSocket(url, {
      headers: { Authorization: `Bearer ${bearer}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    });
    const connection: Connection = {
      socket,
      welcomedAtMs: undefined,
      desired: new DesiredAssembly(),
      lastHeardMs: clock.now(),
      cancelPing: undefined,
      work: Promise.resolve(),
    };
    this.#connection = connection;
    socket.on('open', () => this.#greet(connection));
    socket.on('message', (data: Buffer, isBinary) => {
      connection.lastHeardMs = clock.now();
      if (isBinary) this.#fail(connection, new Error('binary frame on the link'));
      else this.#receive(connection, data.toString('utf8'));
    });
    socket.on('error', (error) => {
      this.#options.logger.warn({ reason: error.message }, 'link error');
      if (this.#connection === connection) this.#changed(this.#isUp, error.message);
    });
    socket.on('close', (code) => this.#closed(connection, code));
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
      connection.socket.send(PING);
      connection.cancelPing = clock.schedule(PONG_TIMEOUT_MS, () => {
        if (connection.lastHeardMs < sentAtMs) {
          logger.warn('the control plane has fallen silent');
          connection.socket.terminate();
        } else this.#keepAlive(connection, PING_INTERVAL_MS - PONG_TIMEOUT_MS);
      });
    });
  }

  #receive(connection: Connection, text: string): void {
    if (text === PONG) return;
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
        this.#options.logger.info({ generation: frame.generation }, 'link is up');
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
    if (connection.socket.readyState === WebSocket.OPEN) {
      connection.socket.send(JSON.stringify(frame));
    }
  }

  #fail(connection: Connection, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.error({ reason }, 'link given up');
    this.#changed(this.#isUp, reason);
    connection.socket.close(CLOSE_PROTOCOL_ERROR);
    connection.cancelPing?.();
    // A peer that does not answer the close must not keep the connection.
    connection.cancelPing = this.#options.clock.schedule(HANDSHAKE_TIMEOUT_MS, () =>
      connection.socket.terminate(),
    );
  }

  #closed(connection: Connection, code: number): void {
    connection.cancelPing?.();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#options.reports.rewind();
    if (this.#stopped) return;
    const { clock, logger, random } = this.#options;
    // Only a connection that lasted says that all is well; one that breaks at once does not.
    const livedMs = clock.now() - (connection.welcomedAtMs ?? Infinity);
    if (livedMs >= STABLE_MS) this.#failures = 0;
    if (code === CLOSE_SUPERSEDED || code === CLOSE_REVOKED) {
      const cause = code === CLOSE_REVOKED ? 'revoked' : 'taken over by another agent';
      logger.error(`this node's link was ${cause}; pods keep running`);
      this.#changed(false, `this node was ${cause}`);
      this.#reconnectIn(LONGEST_RECONNECT_DELAY_MS);
      return;
    }
    this.#changed(false, this.#problem ?? `the connection was closed (${code})`);
    const delayMs = reconnectDelayMs(this.#failures++, random());
    logger.info({ code, delayMs }, 'link is down');
    this.#reconnectIn(delayMs);
  }

  #reconnectIn(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancelReconnect = this.#options.clock.schedule(delayMs, () => void this.#connect());
  }
}
