import { channelMessage } from '../channels.ts';
import type { PayloadHandler, StreamSocket } from '../stream-socket.ts';
import { MAX_MESSAGE_BYTES } from '../stream-socket.ts';
import { dialPort } from './forward-target.ts';
import type { FindHost, PortForwardRequest } from './forward-target.ts';
import type { PodConnection } from './pod-connection.ts';

/**
 * Port forwarding over WebSocket channels, as the older clients do it: one connection for each port,
 * with a channel for its data and one for its errors. Each begins with the port's number.
 */
export class ChannelPortForward implements PayloadHandler {
  readonly #request: PortForwardRequest;
  readonly #findHost: FindHost;
  /** In the order of the ports; undefined for a port that could not be reached. */
  readonly #connections: Promise<PodConnection | undefined>[] = [];
  #markStarted: () => void = () => undefined;
  readonly #started: Promise<void>;

  constructor(request: PortForwardRequest, findHost: FindHost) {
    this.#request = request;
    this.#findHost = findHost;
    this.#started = new Promise((resolve) => {
      this.#markStarted = resolve;
    });
  }

  /** An odd channel is for errors, which clients have nothing to say on. */
  async payload(message: Buffer): Promise<void> {
    await this.#started;
    const channel = message[0] ?? 0;
    if (channel % 2 === 1) return;
    const connection = await this.#connections[channel / 2];
    await connection?.write(message.subarray(1));
  }

  /** Serves until the client closes, or every connection is over. */
  async serve(socket: StreamSocket): Promise<void> {
    const { ports } = this.#request;
    for (const [index, port] of ports.entries()) {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      await socket.send(channelMessage(2 * index, number));
      await socket.send(channelMessage(2 * index + 1, number));
    }
    const served = ports.map((port, index) => this.#forward(port, index, socket));
    this.#markStarted();
    await Promise.all(served);
    socket.end();
  }

  async #forward(port: number, index: number, socket: StreamSocket): Promise<void> {
    const dialing = dialPort(this.#request, port, this.#findHost);
    this.#connections.push(dialing.catch(() => undefined));
    try {
      const pod = await dialing;
      void socket.closed.then(() => pod.destroy());
      for await (const bytes of pod.output()) {
        for (let from = 0; from < bytes.length; from += MAX_MESSAGE_BYTES) {
          const part = bytes.subarray(from, from + MAX_MESSAGE_BYTES);
          await socket.send(channelMessage(2 * index, part));
        }
      }
      pod.destroy();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await socket.send(channelMessage(2 * index + 1, Buffer.from(message)));
    }
  }
}
