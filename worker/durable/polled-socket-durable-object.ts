import { DurableObject } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { type Poll, type Refusal, Relay } from './polled/relay.ts';
import type { SocketTarget } from './polled/socket-target.ts';
import { nodeStub, streamStub } from './stubs.ts';

export type Opened = { readonly ok: true } | { ok: false; status: number; message: string };

/** Of what a target says why it refuses, so much is passed on. Characters. */
const MAX_MESSAGE = 500;

/**
 * One per socket of an agent that no WebSocket gets through for: on one side a WebSocket of the link
 * or stream that it stands for, on the other the agent's requests. Only its node is heard.
 *
 * It has nothing stored, and does not sleep while it is polled: what it is about is what it waits for.
 */
export class PolledSocketDurableObject extends DurableObject<Env> {
  #relay: Relay | null = null;
  #owner = '';

  /** Dials what the API has found that the node may have. */
  async open(target: SocketTarget): Promise<Opened> {
    const response = await this.#dial(target);
    const { webSocket } = response;
    if (webSocket === null) {
      const message = (await response.text()).slice(0, MAX_MESSAGE);
      return { ok: false, status: response.status, message };
    }
    this.#owner = ownerOf(target.cluster, target.node);
    this.#relay = new Relay(webSocket, target.streamID === undefined, () => {
      this.#relay = null;
    });
    return { ok: true };
  }

  async send(
    cluster: string,
    node: string,
    first: number,
    batch: Uint8Array,
  ): Promise<'taken' | Refusal> {
    return this.#relayOf(cluster, node)?.take(first, batch) ?? 'gone';
  }

  async poll(cluster: string, node: string, after: number): Promise<Poll> {
    return this.#relayOf(cluster, node)?.poll(after) ?? { ok: false, why: 'gone' };
  }

  async end(cluster: string, node: string): Promise<void> {
    this.#relayOf(cluster, node)?.end('the agent broke off');
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

  #relayOf(cluster: string, node: string): Relay | null {
    return this.#owner === ownerOf(cluster, node) ? this.#relay : null;
  }
}

const ownerOf = (cluster: string, node: string): string => `${cluster}/${node}`;
