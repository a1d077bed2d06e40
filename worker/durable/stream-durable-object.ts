import { DurableObject } from 'cloudflare:workers';
import { decodeFrame } from '../../apimachinery/agent-protocol.ts';
import { newStatusError } from '../../apimachinery/status-error.ts';
import {
  INITIAL_STREAM_CREDIT,
  streamControlSchema,
  type ResponseHead,
  type StreamControl,
} from '../../apimachinery/stream-protocol.ts';
import type { Env } from './env.ts';
import { logError } from './log.ts';
import { ClientResponse } from './stream/client-response.ts';
import { isFraming, MessageWriter, payloadOf, type Framing } from './stream/framing.ts';
import { PendingFrames } from './stream/pending-frames.ts';

/** How long a client waits for the node to dial back. */
const DIAL_BACK_MS = 30_000;
/** Closing codes: a stream that ended in order, and one that broke. */
const NORMAL = 1000;
const BROKEN = 1011;
/** A message that cannot be read. */
const UNACCEPTABLE = 1007;
/** HTTP's answer to an upgrade, and the header by which the target names its subprotocol. */
const SWITCHING = 101;
const PROTOCOL_HEADER = 'sec-websocket-protocol';
/** What the reason of a close may have. Bytes. */
const MAX_REASON_BYTES = 123;

/** What an agent may have sent before its client is here: its credit, and control frames. Bytes. */
const MAX_EARLY_BYTES = 2 * INITIAL_STREAM_CREDIT;
/** What was consumed is granted again in portions of this size. */
const GRANT_BYTES = INITIAL_STREAM_CREDIT / 4;
/** Shorter than what an object is idle for before it is put to sleep (10 s). */
const AWAKE_MS = 5_000;

type End = Extract<StreamControl, { type: 'end' }>;

/** The end of a stream whose agent went away without one. */
const LOST = { type: 'end', code: 500, message: 'the connection to the node was lost' } as const;

/** What the agent's hibernating socket remembers of credit. */
interface KeptCredit {
  /** What the agent may still be sent. */
  readonly ofAgent: number;
  /** What was taken of the agent and not granted again. */
  readonly consumed: number;
}

/** A hibernating socket says which side it is. */
type Side = 'client' | 'agent';

/**
 * One per stream that a client has with a node: the client waits here, the node's agent dials in, and
 * what one sends the other gets. Tearing one down touches no other.
 *
 * Sockets of clients take bytes without telling how fast they go out, so credit is given back to
 * the agent as its bytes are passed on; a plain HTTP client (logs, proxied requests) is read as fast
 * as it takes. What clients send waits where it comes from while the node has no room for it.
 */
export class StreamDurableObject extends DurableObject<Env> {
  #node: string | null = null;
  #response: ClientResponse | null = null;
  readonly #toAgent: PendingFrames;
  #consumed: number;
  #writer: MessageWriter | null = null;
  /** Those who send, while the node has no room for more. */
  #senders: (() => void)[] = [];
  /** The body of the client's request has come to its end. */
  #isFinished = false;
  #dialBack: ReturnType<typeof setTimeout> | null = null;
  /** What the agent sent before the client was here, in order. */
  #early: (string | ArrayBuffer)[] = [];
  #earlyBytes = 0;
  /** How the stream ended. */
  #ended: End | null = null;
  /** Whose WebSocket is closed, from both ends. */
  readonly #gone = new Set<Side>();
  #awake: ReturnType<typeof setTimeout> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const agent = this.#socket('agent');
    const kept = (agent?.deserializeAttachment() ?? null) as KeptCredit | null;
    this.#toAgent = new PendingFrames(kept?.ofAgent ?? INITIAL_STREAM_CREDIT);
    this.#consumed = kept?.consumed ?? 0;
  }

  /** Names the node that may serve this stream. Before anybody connects. */
  async expect(cluster: string, node: string): Promise<void> {
    this.#node = `${cluster}/${node}`;
    this.#dialBack = setTimeout(() => {
      this.#end({ type: 'end', code: 504, message: 'the node did not answer in time' });
    }, DIAL_BACK_MS);
  }

  /** The node cannot serve the request, or is not there. */
  async refuse(code: number, message: string): Promise<void> {
    this.#end({ type: 'end', code, message });
  }

  /**
   * `/agent?node=` is the node's agent. `/client` is the client: with `framing=` a WebSocket, of the
   * `subprotocol=` that it was promised; a plain request, whose body goes to the node, without.
   */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/agent') return this.#joinAgent(url.searchParams.get('node') ?? '');
    const framing = url.searchParams.get('framing');
    if (isFraming(framing)) return this.#upgrade(framing, url.searchParams.get('subprotocol'));
    const response = new ClientResponse({
      consumed: (bytes) => this.#grant(bytes),
      gone: () => this.#clientGone(),
    });
    this.#response = response;
    this.#catchUp();
    if (request.body !== null) void this.#takeBody(request.body);
    return response.promise;
  }

  #upgrade(framing: Framing, subprotocol: string | null): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ['client' satisfies Side, framing]);
    this.#catchUp();
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: subprotocol === null ? {} : { 'Sec-WebSocket-Protocol': subprotocol },
    });
  }

  /** Reads the body of the client's request as fast as the node takes it. */
  async #takeBody(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (this.#ended !== null) return;
        if (done) break;
        this.#push('bytes', value);
        while (!this.#toAgent.hasRoom && this.#ended === null) {
          await new Promise<void>((resolve) => this.#senders.push(resolve));
        }
      }
      this.#isFinished = true;
      this.#flush();
    } catch {
      // The client broke off: the node must not take half a body for a whole one.
      this.#socket('agent')?.close(BROKEN, 'the client is gone');
    } finally {
      // Of a body that the node no longer wants, the rest is nobody's.
      await reader.cancel().catch(() => undefined);
    }
  }

  #joinAgent(node: string): Response {
    if (node === '' || this.#node !== node || this.#socket('agent') !== null) {
      return new Response('this stream is not for this node', { status: 403 });
    }
    if (this.#hasClient()) this.#stopWaiting();
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ['agent' satisfies Side]);
    this.#flush();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#sideOf(socket) === 'client') await this.#fromClient(message);
    else if (this.#hasClient()) this.#fromAgent(message);
    else this.#keep(message);
  }

  /**
   * A client's WebSocket is read on while its messages are handled, but not while the object takes no
   * events at all: with pauses between its messages a client sends no faster than the node takes.
   * They are short, since the node is not heard in them either.
   */
  async #fromClient(message: string | ArrayBuffer): Promise<void> {
    this.#push(this.#framing(), message);
    const { pauseMs } = this.#toAgent;
    if (pauseMs === 0) return;
    await this.ctx.blockConcurrencyWhile(
      () => new Promise<void>((resolve) => setTimeout(resolve, pauseMs)),
    );
  }

  /** The agent may be faster than the client that waits for it; its credit bounds what it sends. */
  #keep(message: string | ArrayBuffer): void {
    this.#earlyBytes += typeof message === 'string' ? message.length : message.byteLength;
    if (this.#earlyBytes > MAX_EARLY_BYTES)
      this.#socket('agent')?.close(BROKEN, 'credit overdrawn');
    else this.#early.push(message);
  }

  /** The client is here: it gets what came before it, if only the end. */
  #catchUp(): void {
    if (this.#socket('agent') !== null) this.#stopWaiting();
    for (const message of this.#early.splice(0)) this.#fromAgent(message);
    if (this.#ended !== null) this.#end(this.#ended);
  }

  #hasClient(): boolean {
    return this.#response !== null || this.#socket('client') !== null;
  }

  #stopWaiting(): void {
    if (this.#dialBack !== null) clearTimeout(this.#dialBack);
    this.#dialBack = null;
  }

  override webSocketClose(socket: WebSocket): void {
    this.#onClose(socket);
    this.#letGo(this.#sideOf(socket));
  }

  override webSocketError(socket: WebSocket): void {
    this.#onClose(socket);
  }

  /** Gives the node what the client has sent, as far as it takes it. */
  #push(framing: Framing, message: string | ArrayBuffer | Uint8Array): void {
    const parts = payloadOf(framing, message);
    if (parts === null) {
      this.#socket('client')?.close(UNACCEPTABLE, 'a message is malformed');
      return;
    }
    if (!this.#toAgent.push(parts)) {
      this.#socket('client')?.close(BROKEN, 'the node takes input too slowly');
      return;
    }
    this.#flush();
  }

  #fromAgent(message: string | ArrayBuffer): void {
    if (typeof message === 'string') {
      this.#control(message);
      return;
    }
    if (this.#response !== null) {
      this.#response.write(new Uint8Array(message));
      return;
    }
    this.#toClient(message);
    this.#grant(message.byteLength);
  }

  #toClient(payload: ArrayBuffer): void {
    const client = this.#socket('client');
    if (client === null) return;
    this.#writer ??= new MessageWriter(this.#framing());
    try {
      const message = this.#writer.take(new Uint8Array(payload));
      if (message !== null) client.send(message);
      else this.#stayAwake();
    } catch (error) {
      logError('bad payload on a stream', error);
      this.#socket('agent')?.close(BROKEN, 'bad payload');
      client.close(BROKEN, error instanceof Error ? error.message : 'bad payload');
    }
  }

  #control(text: string): void {
    let control: StreamControl;
    try {
      control = decodeFrame(streamControlSchema, text);
    } catch (error) {
      logError('bad control frame on a stream', error);
      this.#socket('agent')?.close(BROKEN, 'bad control frame');
      return;
    }
    switch (control.type) {
      case 'accepted':
        this.#accept(control.response);
        return;
      case 'finished':
        return;
      case 'credit':
        this.#toAgent.grant(control.bytes);
        this.#keepCredit(this.#socket('agent'));
        this.#flush();
        return;
      case 'end':
        this.#end(control);
    }
  }

  #accept(head: ResponseHead | undefined): void {
    const response = this.#response;
    if (head?.status !== SWITCHING) {
      response?.accept(head);
      return;
    }
    // The target of a proxied WebSocket has taken it: now the client gets its own.
    this.#response = null;
    const chosen = head.headers.find(([name]) => name.toLowerCase() === PROTOCOL_HEADER);
    response?.replaceBy(this.#upgrade('messages', chosen?.[1] ?? null));
  }

  /** Passes the client's frames on, as far as the agent's credit goes. */
  #flush(): void {
    const agent = this.#socket('agent');
    if (agent === null) return;
    const frames = this.#toAgent.take();
    for (const frame of frames) agent.send(frame);
    if (frames.length > 0) this.#keepCredit(agent);
    if (this.#toAgent.hasRoom) this.#wakeSenders();
    if (!this.#toAgent.isEmpty) this.#stayAwake();
    else if (this.#isFinished) {
      this.#isFinished = false;
      agent.send(JSON.stringify({ type: 'finished' } satisfies StreamControl));
    }
  }

  /** A timer keeps the object, and so what waits in it, from being put to sleep. */
  #stayAwake(): void {
    if (this.#awake !== null) return;
    this.#awake = setTimeout(() => {
      this.#awake = null;
      if (this.#writer?.isPartial === true) this.#stayAwake();
      this.#flush();
    }, AWAKE_MS);
  }

  #wakeSenders(): void {
    for (const resolve of this.#senders.splice(0)) resolve();
  }

  /** In portions, to keep control frames few. */
  #grant(bytes: number): void {
    const agent = this.#socket('agent');
    if (agent === null || bytes === 0) return;
    this.#consumed += bytes;
    if (this.#consumed >= GRANT_BYTES) {
      const frame: StreamControl = { type: 'credit', bytes: this.#consumed };
      this.#consumed = 0;
      agent.send(JSON.stringify(frame));
    }
    this.#keepCredit(agent);
  }

  #keepCredit(agent: WebSocket | null): void {
    const kept: KeptCredit = { ofAgent: this.#toAgent.credit, consumed: this.#consumed };
    agent?.serializeAttachment(kept);
  }

  #end(end: End): void {
    this.#stopWaiting();
    this.#ended = end;
    this.#wakeSenders();
    this.#response?.end(end.code, end.message);
    const client = this.#socket('client');
    if (client !== null) this.#endClient(client, end);
    this.#socket('agent')?.close(NORMAL, 'ended');
  }

  #endClient(client: WebSocket, { code, message = 'the node refused the stream' }: End): void {
    const framing = this.#framing();
    if (code === undefined) {
      client.close(NORMAL, 'ended');
    } else if (framing === 'channels' || framing === 'channels.base64') {
      // Over its own channel: a failed upgrade would only make kubectl try SPDY.
      const frame = new MessageWriter(framing).take(errorFrame(code, message));
      if (frame !== null) client.send(frame);
      client.close(NORMAL, 'ended');
    } else {
      client.close(BROKEN, closeReason(message));
    }
  }

  /** One side is gone: the other must not wait, and must not take a broken stream for a whole one. */
  #onClose(socket: WebSocket): void {
    if (this.#sideOf(socket) === 'client') {
      this.#clientGone();
      return;
    }
    this.#ended ??= LOST;
    this.#wakeSenders();
    this.#response?.break();
    this.#socket('client')?.close(BROKEN, LOST.message);
  }

  /**
   * workerd keeps the TCP connection of a WebSocket that was closed from elsewhere than its own events
   * until the object is put to sleep (10 s), and some clients wait for its end. Both sides have
   * said goodbye, so there is nothing to lose. On Cloudflare, where connections end elsewhere, this would
   * only be an exception in the log of every stream.
   */
  #letGo(side: Side): void {
    this.#gone.add(side);
    const isOver = this.#gone.has('client') && this.#gone.has('agent');
    const isSelfHosted = (this.env.FAIRLEAD_CA ?? null) !== null;
    if (isOver && isSelfHosted && this.#response === null) this.ctx.abort('the stream is over');
  }

  /** Of the client's WebSocket. */
  #framing(): Framing {
    const client = this.ctx.getWebSockets('client' satisfies Side)[0];
    const tag = client === undefined ? null : (this.ctx.getTags(client)[1] ?? null);
    return isFraming(tag) ? tag : 'channels';
  }

  #clientGone(): void {
    this.#ended ??= { type: 'end' };
    this.#wakeSenders();
    this.#socket('agent')?.close(NORMAL, 'the client is gone');
  }

  #sideOf(socket: WebSocket): Side {
    return this.ctx.getTags(socket).includes('client') ? 'client' : 'agent';
  }

  #socket(side: Side): WebSocket | null {
    const open = this.ctx.getWebSockets(side).find((s) => s.readyState === WebSocket.OPEN);
    return open ?? null;
  }
}

/** Number of the channel on which exec and attach end with a Status (`v4.channel.k8s.io`). */
const ERROR_CHANNEL = 3;

/** Cut at a whole character. */
function closeReason(message: string): string {
  const bytes = new TextEncoder().encode(message);
  if (bytes.byteLength <= MAX_REASON_BYTES) return message;
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD+$/, '');
}

function errorFrame(code: number, message: string): Uint8Array {
  const status = { ...newStatusError('InternalError', message).status, code };
  const text = new TextEncoder().encode(JSON.stringify(status));
  const frame = new Uint8Array(1 + text.byteLength);
  frame.set([ERROR_CHANNEL]);
  frame.set(text, 1);
  return frame;
}
