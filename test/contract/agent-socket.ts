import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentSocket } from '../../node-agent/transport/socket/agent-socket.ts';

/** The control plane's end of a socket. */
export interface SocketPeer {
  send(message: string | Uint8Array): void;
  /** The next message; a text as a string. */
  next(): Promise<string | Buffer>;
  close(code: number): void;
  /** The code that the agent has closed with. */
  readonly closed: Promise<number>;
}

/** A network with a control plane at its end. */
export interface SocketNetwork {
  dial(): Promise<{ readonly socket: AgentSocket; readonly peer: SocketPeer }>;
  stop(): Promise<void>;
}

/** A socket that was started, and what its owner is told. */
export class StartedSocket {
  readonly messages: (string | Buffer)[] = [];
  readonly closes: number[] = [];
  heard = 0;
  /** Called with each message. */
  onMessage: () => void = () => undefined;
  readonly #waiters = new Set<() => void>();

  constructor(socket: AgentSocket) {
    socket.start({
      message: (data, isBinary) => {
        this.messages.push(isBinary ? Buffer.from(data) : data.toString('utf8'));
        this.onMessage();
        this.#changed();
      },
      heard: () => {
        this.heard += 1;
        this.#changed();
      },
      closed: (code) => {
        this.closes.push(code);
        this.#changed();
      },
    });
  }

  async until(condition: (told: StartedSocket) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  #changed(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

/** What holds of every socket of an agent, whatever carries it. */
export function describeAgentSocket(
  name: string,
  startNetwork: () => Promise<SocketNetwork>,
): void {
  describe(`a socket of the agent: ${name}`, () => {
    let network: SocketNetwork;
    beforeEach(async () => {
      network = await startNetwork();
    });
    afterEach(() => network.stop());

    async function dial() {
      const { socket, peer } = await network.dial();
      return { socket, peer, told: new StartedSocket(socket) };
    }

    it('carries texts and bytes both ways, as what they are and in order', async () => {
      const { socket, peer, told } = await dial();
      const messages = ['text', Buffer.from([0, 1, 255]), 'täxt', '', Buffer.alloc(0)];
      for (const message of messages) {
        socket.send(message);
        peer.send(message);
      }
      for (const message of messages) expect(await peer.next()).toEqual(message);
      await told.until(() => told.messages.length === messages.length);
      expect(told.messages).toEqual(messages);
      expect(told.heard).toBeGreaterThan(0);
    });

    it('carries many messages, and long ones', async () => {
      const { socket, peer, told } = await dial();
      const long = Buffer.from(new Uint8Array(3_000_000).map((_, index) => index % 253));
      socket.send(long);
      peer.send(long);
      for (let index = 0; index < 2_000; index++) {
        socket.send(String(index));
        peer.send(String(index));
      }
      expect(long.equals((await peer.next()) as Buffer)).toBe(true);
      for (let index = 0; index < 2_000; index++) expect(await peer.next()).toBe(String(index));
      await told.until(() => told.messages.length === 2_001);
      expect(long.equals(told.messages[0] as Buffer)).toBe(true);
      expect(told.messages.slice(1)).toEqual(
        Array.from({ length: 2_000 }, (_, index) => String(index)),
      );
    });

    it('keeps what comes before it is started', async () => {
      const { socket, peer } = await network.dial();
      peer.send('early');
      socket.send('also early');
      expect(await peer.next()).toBe('also early');
      const told = new StartedSocket(socket);
      await told.until(() => told.messages.length === 1);
      expect(told.messages).toEqual(['early']);
    });

    it('takes no message while it is paused, and each one afterwards', async () => {
      const { socket, peer, told } = await dial();
      told.onMessage = () => socket.pause();
      peer.send('one');
      await told.until(() => told.messages.length === 1);
      for (const message of ['two', 'three']) peer.send(message);
      socket.send('paused');
      expect(await peer.next()).toBe('paused');
      expect(told.messages).toEqual(['one']);
      told.onMessage = () => undefined;
      socket.resume();
      await told.until(() => told.messages.length === 3);
      expect(told.messages).toEqual(['one', 'two', 'three']);
    });

    it('a ping is answered', async () => {
      const { socket, told } = await dial();
      const before = told.heard;
      socket.ping();
      await told.until(() => told.heard > before);
      expect(told.messages).toEqual([]);
    });

    it.each([1000, 4001, 4003])(
      'is closed by the other end with %s, after what it sent',
      async (code) => {
        const { socket, peer, told } = await dial();
        peer.send('last');
        peer.close(code);
        await told.until(() => told.closes.length > 0);
        expect([told.messages, told.closes, socket.isOpen]).toEqual([['last'], [code], false]);
        socket.send('too late');
        socket.ping();
        socket.terminate();
      },
    );

    it.each([1000, 4004])('closes with %s, after what was sent', async (code) => {
      const { socket, peer, told } = await dial();
      socket.send('last');
      socket.close(code);
      expect(socket.isOpen).toBe(false);
      socket.send('too late');
      expect(await peer.next()).toBe('last');
      expect(await peer.closed).toBe(code);
      await told.until(() => told.closes.length > 0);
      expect(told.closes).toEqual([code]);
    });

    it('breaks off at once, and says so once', async () => {
      const { socket, peer, told } = await dial();
      socket.terminate();
      expect(told.closes).toEqual([]);
      await told.until(() => told.closes.length > 0);
      await peer.closed;
      socket.terminate();
      socket.close(1000);
      expect([told.closes, socket.isOpen]).toEqual([[1006], false]);
    });
  });
}
