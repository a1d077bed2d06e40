import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { dialFailure } from '../../../sync/probe-failure.ts';
import { writeThrough } from '../write-through.ts';

export interface PodAddress {
  readonly host: string;
  readonly port: number;
}

/** As long as upstream's runtimes wait. */
const CONNECT_TIMEOUT_MS = 30_000;

/** One TCP connection to a port of a pod, each direction of which ends by itself. */
export class PodConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Throws an Error that says why there is none, in the words of the system's call. */
  static async dial({ host, port }: PodAddress): Promise<PodConnection> {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
    });
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new Error(dialFailure(error as Error, host, port), { cause: error });
    }
    socket.setTimeout(0);
    return PodConnection.over(socket);
  }

  /** Takes over a connection that stands, whose directions end by themselves. */
  static over(socket: Socket): PodConnection {
    // What broke it is told by whoever reads or writes.
    socket.on('error', () => undefined);
    return new PodConnection(socket);
  }

  /** What the pod sends, until it has finished. Throws when the connection breaks. */
  output(): AsyncIterable<Buffer> {
    return this.#socket.iterator({ destroyOnReturn: false });
  }

  /** Resolves when there is room for more, or nobody is left to take it. */
  write(data: Uint8Array): Promise<void> {
    return writeThrough(this.#socket, data);
  }

  /** Says that nothing more is sent. */
  finish(): void {
    this.#socket.end();
  }

  /** Lets go of it at once; the pod sees that it was broken off, unless both ends have finished. */
  destroy(): void {
    this.#socket.resetAndDestroy();
  }
}
