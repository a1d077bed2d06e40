import { DurableObject } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { type Poll, type Refusal, Relay } from './polled/relay.ts';
import type { SocketTarget } from './polled/socket-target.ts';
import { nodeStub, streamStub } from './stubs.ts';

export type Opened =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** An agent's link and its streams, and some that it has not said farewell to. */
const MAX_SOCKETS = 320;
/** Of what a target says why it refuses, so much is passed on. Characters. */
const MAX_MESSAGE = 500;
/** What may wait of the desired state of a node that polls. Bytes. */
const MAX_LINK_BYTES = 64 * 1024 * 1024;
/** What an agent grants is far less, but may come in messages of a byte each. Bytes. */
const MAX_STREAM_BYTES = 32 * 1024 * 1024;

/**
 * One per node that no WebSocket gets through for: its sockets, each a WebSocket of the link or stream
 * that it stands for on one side, and the agent's requests on the other. The API asks in the name of
 * this node only, so nobody else's requests come here.
 *
 * Nothing is stored, and it does not sleep while it is polled. All sockets of a node are in one object
 * since it is its time that is paid for, and the link takes all of that already.
 */
export class PolledSocketsDurableObject extends DurableObject<Env> {
  readonly #relays = new Map<string, Relay>();
  #dialling = 0;

  /** Dials what the API has found that the node may have. */
  async open(target: SocketTarget): Promise<Opened> {
    if (this.#relays.size + this.#dialling >= MAX_SOCKETS) {
      return { ok: false, status: 429, message: 'too many sockets of this node are open' };
    }
    this.#dialling += 1;
    try {
      const response = await this.#dial(target);
      if (response.webSocket !== null)
        return { ok: true, id: this.#relay(response.webSocket, target) };
      const message = (await response.text()).slice(0, MAX_MESSAGE);
      return { ok: false, status: response.status, message };
    } finally {
      this.#dialling -= 1;
    }
  }

  /** Takes a batch of messages, the first of which has the number `first`. */
  async send(id: string, first: number, batch: Uint8Array): Promise<'taken' | Refusal> {
    return this.#relays.get(id)?.take(first, batch) ?? 'gone';
  }

  /** Waits for messages after a number. */
  async poll(id: string, after: number): Promise<Poll> {
    return this.#relays.get(id)?.poll(after) ?? { ok: false, why: 'gone' };
  }

  async end(id: string): Promise<void> {
    this.#relays.get(id)?.end('the agent broke off');
  }

  #relay(socket: WebSocket, { streamID }: SocketTarget): string {
    const id = crypto.randomUUID();
    const isLink = streamID === undefined;
    this.#relays.set(
      id,
      new Relay(socket, {
        isLink,
        maxWaitingBytes: isLink ? MAX_LINK_BYTES : MAX_STREAM_BYTES,
        onOver: () => this.#relays.delete(id),
      }),
    );
    return id;
  }

  #dial({ cluster, node, streamID }: SocketTarget): Promise<Response> {
    const headers = { Upgrade: 'websocket' };
    if (streamID === undefined) {
      return nodeStub(this.env, cluster, node).fetch('https://node/link', { headers });
    }
    const query = new URLSearchParams({ node: `${cluster}/${node}` });
    return streamStub(this.env, streamID).fetch(`https://stream/agent?${query.toString()}`, {
      headers,
    });
  }
}
