import type { PayloadHandler, StreamSocket } from '../transport/streams/stream-socket.ts';
import type { NodeAPI, NodeRequest } from './node-api.ts';

/** Answers a request of the control plane out of the agent's own API. */
export class NodeAPIExchange implements PayloadHandler {
  readonly #api: NodeAPI;
  readonly #request: NodeRequest;

  constructor(api: NodeAPI, request: NodeRequest) {
    this.#api = api;
    this.#request = request;
  }

  /** Nothing that is served takes a body. */
  async payload(): Promise<void> {
    return undefined;
  }

  async serve(socket: StreamSocket): Promise<void> {
    const { status, headers, body, close } = await this.#api.answer(this.#request);
    // A log that is followed says nothing for hours: it must not outlive who reads it.
    void socket.closed.then(() => close?.());
    socket.accept({ status, headers });
    if (typeof body === 'string') await socket.sendAll(Buffer.from(body));
    else for await (const piece of body) await socket.sendAll(piece);
    socket.end();
  }
}
