import { DurableObject } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/durable-sqlite';
import { migrate } from 'drizzle-orm/durable-sqlite/migrator';
import type { JWK } from 'jose';
import {
  AGENT_PROTOCOL_VERSION,
  agentFrameSchema,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REVOKED,
  CLOSE_SUPERSEDED,
  CLOSE_TRY_AGAIN,
  decodeFrame,
  PING,
  PONG,
  type AgentFrame,
  type ControlFrame,
} from '../../apimachinery/agent-protocol.ts';
import { featureOf, type StreamRequest } from '../../apimachinery/stream-protocol.ts';
import { type NodeUsage, USAGE_FEATURE } from '../../apimachinery/node-usage.ts';
import { migrations } from '../../migrations/node/migrations.generated.ts';
import { AlarmScheduler } from './alarm-scheduler.ts';
import type { Env } from './env.ts';
import { logError, logInfo } from './log.ts';
import { DesiredLog } from './node/desired-log.ts';
import { readSession, writeSession } from './node/link-session.ts';
import {
  decideLiveness,
  LINK_CHECK_MS,
  NODE_MONITOR_GRACE_MS,
  type LinkCheck,
} from './node/liveness.ts';
import { verifyNodeToken } from './node/node-token.ts';
import type { DesiredChanges } from './node/protocol.ts';
import { RemovalOrders } from './node/removal-orders.ts';
import { deliverReport } from './node/reports.ts';
import { UsageRequests } from './node/usage-requests.ts';
import { meta } from './schema/node.ts';
import { MetaTable } from './store/meta-table.ts';
import type { VolumeRef } from './store/volume-removal.ts';
import { storeStub, streamStub } from './stubs.ts';

type Frame<T extends AgentFrame['type']> = Extract<AgentFrame, { type: T }>;

/** When a loss that could not be told is told again. Milliseconds. */
const RETRY_MS = 10_000;
/** How long a stream waits for a node whose link was cut. Agents are back within seconds. */
const RELINK_MS = 5_000;

/** One per node: its credential, its link, and what it should be running. */
export class NodeDurableObject extends DurableObject<Env> {
  readonly #meta: MetaTable;
  readonly #alarms: AlarmScheduler;
  readonly #db;
  readonly #removals: RemovalOrders;
  readonly #usage = new UsageRequests();
  #log: DesiredLog | null = null;
  #checkAt: number | null = null;
  #linkWaiters: ((link: WebSocket | null) => void)[] = [];
  /** The link whose report is being delivered. */
  #reporting: WebSocket | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#db = drizzle(ctx.storage);
    this.#removals = new RemovalOrders(ctx.storage);
    this.#meta = new MetaTable(this.#db, meta);
    this.#alarms = new AlarmScheduler(ctx.storage, [() => this.#checkAt]);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    void ctx.blockConcurrencyWhile(async () => {
      await migrate(this.#db, migrations);
      await this.#alarms.load();
    });
  }

  /**
   * Registers the node's public key and makes its Node. Returns the Node's uid; null when another
   * machine has the name already and `mayReplace` does not allow to take it over.
   */
  async enrol(
    cluster: string,
    name: string,
    publicKey: JWK,
    mayReplace: boolean,
  ): Promise<string | null> {
    const known = this.#meta.get('publicKey');
    if (known !== null && known !== JSON.stringify(publicKey) && !mayReplace) return null;
    this.#meta.set('cluster', cluster);
    this.#meta.set('name', name);
    this.#meta.set('publicKey', JSON.stringify(publicKey));
    if (this.#meta.get('epoch') === null) this.#meta.set('epoch', crypto.randomUUID());
    this.#closeLinks(CLOSE_SUPERSEDED, 'enrolled again');
    const scope = { cluster, namespace: '' };
    return storeStub(this.env, scope).registerNode(scope, { name, labels: {}, status: {} });
  }

  /** Whether a token is this node's own. */
  async authenticate(token: string): Promise<boolean> {
    const key = this.#meta.get('publicKey');
    if (key === null) return false;
    return verifyNodeToken(token, JSON.parse(key) as JWK, this.#identity());
  }

  /** Takes the node's credential away and cuts its link. */
  async revoke(): Promise<void> {
    this.#meta.remove('publicKey');
    this.#closeLinks(CLOSE_REVOKED, 'revoked');
  }

  /** Takes what a namespace's store wants on this node. */
  async setDesired(request: {
    cluster: string;
    node: string;
    namespace: string;
    changes: DesiredChanges;
  }): Promise<void> {
    this.#introduce(request);
    this.ctx.storage.transactionSync(() =>
      this.#desired().apply(request.namespace, request.changes),
    );
    const link = this.#link();
    if (link !== null) this.#sendDesired(link);
  }

  /** Has directories of volumes removed, now or when the node has a link, and takes such orders back. */
  async orderRemoval(order: {
    cluster: string;
    node: string;
    remove: VolumeRef[];
    keep: VolumeRef[];
  }): Promise<void> {
    this.#introduce(order);
    for (const volume of order.keep) this.#removals.drop(volume);
    for (const volume of order.remove) this.#removals.add(volume);
    const link = this.#greetedLink();
    if (link !== null) this.#sendRemovals(link);
  }

  /**
   * Asks the agent to dial back and serve a stream. A link that is just being made anew is waited
   * for. `away` when the node has none, `tooOld` when its agent does not know such streams.
   */
  async openStream(streamID: string, request: StreamRequest): Promise<'asked' | 'away' | 'tooOld'> {
    const link = this.#greetedLink() ?? (await this.#nextLink());
    if (link === null) return 'away';
    const feature = featureOf(request);
    const known = feature === null || readSession(link).features?.includes(feature) === true;
    if (!known) return 'tooOld';
    send(link, { type: 'openStream', streamID, request });
    return 'asked';
  }

  /**
   * Whether the node was heard of within the grace period. One that keeps its link open and silent for
   * longer is lost at once; its loss is told before this answers.
   */
  async checkLink(): Promise<LinkCheck> {
    if (this.#meta.get('generation') === null) return 'heard';
    if (this.#meta.get('lost') !== null) return 'lost';
    const now = Date.now();
    const link = this.#link();
    if (link !== null) {
      if (now - this.#lastHeardAt(link) < NODE_MONITOR_GRACE_MS) return 'heard';
      link.close(CLOSE_PROTOCOL_ERROR, 'no heartbeat');
      this.#onLinkGone(link);
      return (await this.#declareLost()) ? 'lost' : 'silent';
    }
    if (this.#meta.get('lostAt') === null) {
      this.#meta.set('lostAt', String(now));
      this.#lookAt(now + NODE_MONITOR_GRACE_MS);
    }
    return 'silent';
  }

  /** What the node and its pods use now. Null without an agent that can tell, and answers in time. */
  async sampleUsage(): Promise<NodeUsage | null> {
    const link = this.#greetedLink();
    if (link === null || readSession(link).features?.includes(USAGE_FEATURE) !== true) return null;
    return this.#usage.ask((requestID) => send(link, { type: 'sampleUsage', requestID }));
  }

  /** The link: a WebSocket upgrade that the API has authenticated. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('Upgrade') !== 'websocket') {
      return new Response('not a link', { status: 400 });
    }
    this.#closeLinks(CLOSE_SUPERSEDED, 'a newer link was opened');
    const generation = Number(this.#meta.get('generation') ?? 0) + 1;
    this.#meta.set('generation', String(generation));
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const openedAt = Date.now();
    writeSession(server, { generation, openedAt, sentPosition: null });
    this.#lookAt(openedAt + LINK_CHECK_MS);
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (readSession(socket).generation !== Number(this.#meta.get('generation'))) return;
    let frame: AgentFrame;
    try {
      if (typeof message !== 'string') throw new Error('binary frame on the link');
      frame = decodeFrame(agentFrameSchema, message);
    } catch (error) {
      logError('bad frame from an agent', error, { node: this.#identity().name });
      socket.close(CLOSE_PROTOCOL_ERROR, error instanceof Error ? error.message : 'bad frame');
      return;
    }
    await this.#receive(socket, frame);
  }

  override webSocketClose(socket: WebSocket): void {
    this.#onLinkGone(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#onLinkGone(socket);
  }

  override async alarm(): Promise<void> {
    this.#alarms.fired();
    const now = Date.now();
    const link = this.#link();
    const isTold = this.#meta.get('lost') !== null;
    if (link === null && this.#meta.get('lostAt') === null && !isTold) {
      // The process was restarted under the link: the grace period starts with what is known.
      this.#meta.set('lostAt', String(now));
    }
    const lostAt = this.#meta.get('lostAt');
    const decision = decideLiveness(
      {
        lastHeardAt: link === null ? null : this.#lastHeardAt(link),
        lostAt: lostAt === null ? null : Number(lostAt),
      },
      now,
    );
    if (decision.action === 'close-link' && link !== null) {
      link.close(CLOSE_PROTOCOL_ERROR, 'no heartbeat');
      this.#onLinkGone(link);
    }
    const told = decision.action !== 'declare-lost' || (await this.#declareLost());
    this.#checkAt = told ? decision.nextAt : now + RETRY_MS;
    this.#alarms.rearm();
  }

  async #receive(socket: WebSocket, frame: AgentFrame): Promise<void> {
    switch (frame.type) {
      case 'hello':
        return this.#onHello(socket, frame);
      case 'report':
        return this.#onReport(socket, frame);
      case 'ack':
        if (frame.epoch === this.#meta.get('epoch')) this.#desired().acknowledge(frame.position);
        return undefined;
      case 'streamRefused':
        return streamStub(this.env, frame.streamID).refuse(frame.code, frame.message);
      case 'usage':
        return this.#usage.answered(frame.requestID, frame.usage);
    }
  }

  async #onHello(socket: WebSocket, hello: Frame<'hello'>): Promise<void> {
    if (hello.protocol !== AGENT_PROTOCOL_VERSION) {
      const text = `this control plane speaks agent protocol ${AGENT_PROTOCOL_VERSION}, the agent ${hello.protocol}: upgrade the older one`;
      socket.close(CLOSE_PROTOCOL_ERROR, text);
      return;
    }
    const { cluster, name } = this.#identity();
    const scope = { cluster, namespace: '' };
    const nodeUID = await storeStub(this.env, scope).registerNode(scope, { name, ...hello.node });
    const epoch = this.#meta.get('epoch') ?? '';
    if (this.#meta.get('lost') !== null) this.#meta.set('repeat', 'true');
    this.#meta.remove('lostAt');
    this.#meta.remove('lost');
    const session = readSession(socket);
    const { generation } = session;
    const protocol = AGENT_PROTOCOL_VERSION;
    const repeat = this.#meta.get('repeat') !== null;
    send(socket, { type: 'welcome', protocol, generation, epoch, nodeName: name, nodeUID, repeat });
    const known = hello.epoch === epoch && hello.position <= this.#desired().position;
    const { features = [] } = hello;
    writeSession(socket, { ...session, sentPosition: known ? hello.position : 0, features });
    this.#sendDesired(socket);
    this.#sendRemovals(socket);
    for (const resolve of this.#linkWaiters.splice(0)) resolve(socket);
    logInfo('node linked', { node: name, generation });
  }

  async #onReport(socket: WebSocket, report: Frame<'report'>): Promise<void> {
    const { cluster, name } = this.#identity();
    if (this.#reporting === socket) {
      // One at a time: a newer status never overtakes an older one, and nothing piles up here.
      socket.close(CLOSE_PROTOCOL_ERROR, 'a report came before the last one was answered');
      return;
    }
    this.#reporting = socket;
    try {
      await deliverReport(this.env, cluster, name, report);
      // What it was asked to repeat it says first, and keeps until it is answered.
      if (report.podStatuses !== undefined) this.#meta.remove('repeat');
      for (const volume of report.volumesRemoved ?? []) this.#removals.drop(volume);
      send(socket, { type: 'reported', seq: report.seq });
    } catch (error) {
      // On its next link the agent says again what was not answered.
      logError('a report was not delivered', error, { node: name });
      socket.close(CLOSE_TRY_AGAIN, 'the report could not be delivered');
    } finally {
      if (this.#reporting === socket) this.#reporting = null;
    }
  }

  #sendDesired(socket: WebSocket): void {
    const session = readSession(socket);
    if (session.sentPosition === null) return;
    const epoch = this.#meta.get('epoch') ?? '';
    for (const text of this.#desired().frames(epoch, session.sentPosition)) sendText(socket, text);
    writeSession(socket, { ...session, sentPosition: this.#desired().position });
  }

  #sendRemovals(socket: WebSocket): void {
    for (const volumes of this.#removals.portions()) {
      send(socket, { type: 'removeVolumes', volumes });
    }
  }

  /** A node may be spoken of before it was enrolled. */
  #introduce({ cluster, node }: { cluster: string; node: string }): void {
    if (this.#meta.get('name') !== null) return;
    this.#meta.set('cluster', cluster);
    this.#meta.set('name', node);
    this.#meta.set('epoch', crypto.randomUUID());
  }

  #onLinkGone(socket: WebSocket): void {
    const current = Number(this.#meta.get('generation'));
    if (readSession(socket).generation !== current || this.#meta.get('lostAt') !== null) return;
    this.#usage.abandon();
    const now = Date.now();
    this.#meta.set('lostAt', String(now));
    this.#lookAt(decideLiveness({ lastHeardAt: null, lostAt: now }, now).nextAt ?? now);
  }

  /** Tells the cluster's store. False when that has to be tried again. */
  async #declareLost(): Promise<boolean> {
    const { cluster, name } = this.#identity();
    const scope = { cluster, namespace: '' };
    try {
      await storeStub(this.env, scope).reportNodeStatus(scope, { name, lost: true });
    } catch (error) {
      logError('a lost node was not reported', error, { node: name });
      return false;
    }
    // The agent may have come back while the store was told; its hello has cleared the loss.
    if (this.#link() === null) {
      this.#meta.remove('lostAt');
      this.#meta.set('lost', 'true');
    }
    return true;
  }

  #lookAt(at: number): void {
    this.#checkAt = at;
    this.#alarms.atLatest(at);
  }

  #lastHeardAt(link: WebSocket): number {
    const heardAt = this.ctx.getWebSocketAutoResponseTimestamp(link)?.getTime() ?? 0;
    return Math.max(heardAt, readSession(link).openedAt);
  }

  #link(): WebSocket | null {
    const current = Number(this.#meta.get('generation') ?? 0);
    return (
      this.ctx
        .getWebSockets()
        .find((s) => s.readyState === WebSocket.OPEN && readSession(s).generation === current) ??
      null
    );
  }

  /** The link, once its agent has said hello. */
  #greetedLink(): WebSocket | null {
    const link = this.#link();
    return link === null || readSession(link).sentPosition === null ? null : link;
  }

  #nextLink(): Promise<WebSocket | null> {
    return new Promise((resolve) => {
      this.#linkWaiters.push(resolve);
      setTimeout(() => {
        this.#linkWaiters = this.#linkWaiters.filter((waiter) => waiter !== resolve);
        resolve(null);
      }, RELINK_MS);
    });
  }

  #closeLinks(code: number, reason: string): void {
    this.#usage.abandon();
    for (const socket of this.ctx.getWebSockets()) socket.close(code, reason);
  }

  #desired(): DesiredLog {
    this.#log ??= new DesiredLog(this.#db, this.#meta);
    return this.#log;
  }

  #identity(): { cluster: string; name: string } {
    return { cluster: this.#meta.get('cluster') ?? '', name: this.#meta.get('name') ?? '' };
  }
}

const send = (socket: WebSocket, frame: ControlFrame): void =>
  sendText(socket, JSON.stringify(frame));

/** A socket that is closing throws on send; its close handler does the rest. */
function sendText(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // The link is gone: what was not answered is sent again on the next one.
    return;
  }
}
