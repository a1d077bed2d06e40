import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Bytes of one direction that are held back at most; beyond, the sender has to wait, as on a real link. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** How often bytes are let go of where their rate is limited. Milliseconds. */
const TICK_MS = 50;

/** What befalls the bytes on their way. */
export interface LinkFaults {
  /** Each direction, in milliseconds. */
  readonly delayMs?: number;
  /** Of each direction of each connection. */
  readonly bytesPerSecond?: number;
  /** Nothing goes through, and nobody is told: bytes are kept until this is over. */
  readonly isHeld?: boolean;
}

interface Parcel {
  readonly dueAt: number;
  readonly data: Buffer;
}

/** One direction of a connection. */
class Lane {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #faults: () => LinkFaults;
  #parcels: Parcel[] = [];
  #heldBytes = 0;
  #allowance = 0;
  #hasEnded = false;

  private constructor(from: Socket, to: Socket, faults: () => LinkFaults) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
  }

  static join(from: Socket, to: Socket, faults: () => LinkFaults): void {
    new Lane(from, to, faults).#listen();
  }

  #listen(): void {
    this.#from.on('data', (data: Buffer) => this.#take(data));
    this.#from.on('end', () => {
      this.#hasEnded = true;
      this.#letGo();
    });
    this.#to.on('drain', () => this.#letGo());
    const timer = setInterval(() => {
      const { bytesPerSecond = Infinity } = this.#faults();
      this.#allowance = bytesPerSecond * (TICK_MS / 1_000);
      this.#letGo();
    }, TICK_MS);
    this.#from.on('close', () => clearInterval(timer));
  }

  #take(data: Buffer): void {
    const { delayMs = 0, bytesPerSecond } = this.#faults();
    if (bytesPerSecond === undefined) this.#allowance = Infinity;
    this.#parcels.push({ dueAt: Date.now() + delayMs, data });
    this.#heldBytes += data.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#from.pause();
    this.#letGo();
  }

  #letGo(): void {
    while (this.#parcels.length > 0 && this.#faults().isHeld !== true) {
      const { dueAt, data } = this.#parcels[0]!;
      const size = Math.min(data.length, Math.floor(this.#allowance));
      if (dueAt > Date.now() || size === 0 || this.#to.writableNeedDrain) return;
      if (size === data.length) this.#parcels.shift();
      else this.#parcels[0] = { dueAt, data: data.subarray(size) };
      this.#allowance -= size;
      this.#heldBytes -= size;
      this.#to.write(data.subarray(0, size));
      if (this.#heldBytes <= MAX_HELD_BYTES) this.#from.resume();
    }
    if (this.#hasEnded && this.#parcels.length === 0) this.#to.end();
  }
}

/** A TCP proxy on the loopback interface that makes a link as bad as a test wants it. */
export class FaultyProxy {
  /** When connections were made, in milliseconds of the epoch. */
  readonly dialledAt: number[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #abandoned = new WeakSet<Socket>();
  readonly #targetPort: number;
  #faults: LinkFaults = {};
  #isCut = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client));
  }

  /** @param targetPort of 127.0.0.1 */
  static async open(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** What holds from now on, of connections that stand and that come. */
  set(faults: LinkFaults): void {
    this.#faults = faults;
  }

  /** Ends all connections, and every new one at once. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes back all faults and the cut. */
  heal(): void {
    this.#isCut = false;
    this.#faults = {};
  }

  /** What stands is dead from now on, and neither end is told; new connections are good. */
  abandon(): void {
    for (const socket of this.#sockets) {
      this.#abandoned.add(socket);
      socket.removeAllListeners('data');
      socket.removeAllListeners('end');
      socket.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    this.dialledAt.push(Date.now());
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const target = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const faults = (): LinkFaults => this.#faults;
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#abandoned.has(socket)) other.destroy();
      });
      Lane.join(socket, other, faults);
    }
  }
}
