import { DurableObject } from 'cloudflare:workers';
import {
  decodeFrame,
  INITIAL_STREAM_CREDIT,
  streamControlSchema,
  type StreamControl,
} from '../../apimachinery/agent-protocol.ts';
import { newStatusError } from '../../apimachinery/status-error.ts';
import type { Env } from './env.ts';
import { logError } from './log.ts';
import { ClientResponse } from './stream/client-response.ts';
import { PendingFrames } from './stream/pending-frames.ts';

/** How long a client waits for the node to dial back. */
const DIAL_BACK_MS = 30_000;
/** Closing codes: a stream that ended in order, and one that broke. */
const NORMAL = 1000;
const BROKEN = 1011;

/** What an agent may have sent before its client is here: its credit, and control frames. Bytes. */
const MAX_EARLY_BYTES = 2 * INITIAL_STREAM_CREDIT;
/** Shorter than what an object is idle for before it is put to sleep (10 s). */
const AWAKE_MS = 5_000;

type End = Extract<StreamControl, { type: 'end' }>;

/** The end of a stream whose agent went away without one. */
const LOST = { type: 'end', code: 500, message: 'the connection to the node was lost' } as const;

/** A hibernating socket says which side it is. */
type Side = 'client' | 'agent';

/**
 * One per exec, attach or logs request: the client waits here, the node's agent dials in, and what
 * one sends the other gets. Tearing one down touches no other.
 *
 * Sockets of clients take bytes without telling how fast they go out, so credit is given back to
 * the agent as its bytes are passed on; a plain HTTP client (logs) is read as fast as it takes.
 */
export class StreamDurableObject extends DurableObject<Env> {
  #node: string | null = null;
  #response: ClientResponse | null = null;
  readonly #toAgent = new PendingFrames(INITIAL_STREAM_CREDIT);
  #dialBack: ReturnType<typeof setTimeout> | null = null;
  /** What the agent sent before the client was here, in order. */
  #early: (string | ArrayBuffer)[] = [];
  #earlyBytes = 0;
  /** How the stream ended before the client was here. */
  #ended: End | null = null;
  #awake: ReturnType<typeof setTimeout> | null = null;

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

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/agent') return this.#joinAgent(url.searchParams.get('node') ?? '');
    const subprotocol = url.searchParams.get('subprotocol');
    if (subprotocol === null) {
      this.#response = new ClientResponse({
        consumed: (bytes) => this.#grant(bytes),
        gone: () => this.#socket('agent')?.close(NORMAL, 'the client is gone'),
      });
      this.#catchUp();
      return this.#response.promise;
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, ['client' satisfies Side]);
    this.#catchUp();
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { 'Sec-WebSocket-Protocol': subprotocol },
    });
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

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (this.#sideOf(socket) === 'client') this.#fromClient(message);
    else if (this.#hasClient()) this.#fromAgent(message);
    else this.#keep(message);
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
  }

  override webSocketError(socket: WebSocket): void {
    this.#onClose(socket);
  }

  #fromClient(message: string | ArrayBuffer): void {
    const bytes =
      typeof message === 'string' ? new TextEncoder().encode(message) : new Uint8Array(message);
    if (!this.#toAgent.push(bytes)) {
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
    this.#socket('client')?.send(message);
    this.#grant(message.byteLength);
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
        this.#response?.accept();
        return;
      case 'credit':
        this.#toAgent.grant(control.bytes);
        this.#flush();
        return;
      case 'end':
        this.#end(control);
    }
  }

  /** Passes the client's frames on, as far as the agent's credit goes. */
  #flush(): void {
    const agent = this.#socket('agent');
    if (agent === null) return;
    for (const frame of this.#toAgent.take()) agent.send(frame);
    if (this.#toAgent.isEmpty || this.#awake !== null) return;
    // A timer keeps the object, and so the frames that wait, from being put to sleep.
    this.#awake = setTimeout(() => {
      this.#awake = null;
      this.#flush();
    }, AWAKE_MS);
  }

  #grant(bytes: number): void {
    const frame: StreamControl = { type: 'credit', bytes };
    if (bytes > 0) this.#socket('agent')?.send(JSON.stringify(frame));
  }

  #end(end: End): void {
    this.#stopWaiting();
    this.#ended = end;
    this.#response?.end(end.code, end.message);
    const client = this.#socket('client');
    if (client !== null && end.code !== undefined) {
      // Over its own channel: a failed upgrade would only make kubectl try SPDY.
      client.send(errorFrame(end.code, end.message ?? 'the node refused the stream'));
    }
    client?.close(NORMAL, 'ended');
    this.#socket('agent')?.close(NORMAL, 'ended');
  }

  /** One side is gone: the other must not wait, and must not take a broken stream for a whole one. */
  #onClose(socket: WebSocket): void {
    if (this.#sideOf(socket) === 'client') {
      this.#socket('agent')?.close(NORMAL, 'the client is gone');
      return;
    }
    if (!this.#hasClient()) this.#ended ??= LOST;
    this.#response?.break();
    this.#socket('client')?.close(BROKEN, LOST.message);
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

function errorFrame(code: number, message: string): Uint8Array {
  const status = { ...newStatusError('InternalError', message).status, code };
  const text = new TextEncoder().encode(JSON.stringify(status));
  const frame = new Uint8Array(1 + text.byteLength);
  frame.set([ERROR_CHANNEL]);
  frame.set(text, 1);
  return frame;
}
