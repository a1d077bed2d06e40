import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Headers of IP and TCP, with its time stamps, of one packet. Bytes. */
const HEADER_BYTES = 52;

/** What has gone over one connection, both ways. */
export interface Traffic {
  /** Without headers. */
  bytes: number;
  /** With those of each packet, and of the packet that acknowledges what the server has sent. */
  wireBytes: number;
}

export interface CountingProxy {
  readonly port: number;
  /** In the order in which connections were made. */
  readonly connections: readonly Traffic[];
  close(): void;
}

/** Opens a TCP proxy to a port of 127.0.0.1 that counts what goes over each of its connections. */
export async function openCountingProxy(targetPort: number): Promise<CountingProxy> {
  const connections: Traffic[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const traffic: Traffic = { bytes: 0, wireBytes: 0 };
    connections.push(traffic);
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, other, packets] of [
      [client, target, 1],
      [target, client, 2],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (data: Buffer) => {
        traffic.bytes += data.length;
        traffic.wireBytes += data.length + packets * HEADER_BYTES;
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
