import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeStream } from '../../../../test/fakes/fake-stream.ts';
import { SpdyClient } from '../../../../test/fakes/spdy-client.ts';
import { StreamRendezvous } from '../../../../test/fakes/stream-rendezvous.ts';
import { ManualClock } from '../../../manual-clock.ts';
import { ChannelPortForward } from './channel-port-forward.ts';
import type { FindHost, PortForwardRequest } from './forward-target.ts';
import { RESET } from './spdy/frames.ts';
import { SpdyPortForward } from './spdy-port-forward.ts';

let rendezvous: StreamRendezvous;
const servers: Server[] = [];
const connections: Socket[] = [];

beforeEach(async () => {
  rendezvous = await StreamRendezvous.start();
});

afterEach(async () => {
  await rendezvous.stop();
  for (const connection of connections.splice(0)) connection.destroy();
  await Promise.all(servers.splice(0).map((s) => new Promise((resolve) => s.close(resolve))));
});

/** A server in the place of a pod's. */
async function podServer(serve: (connection: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.push(connection);
    connection.on('error', () => undefined);
    serve(connection);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const port = await podServer(() => undefined);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

const HERE: FindHost = () => ({ ok: true, host: '127.0.0.1' });

function request(fields: Partial<PortForwardRequest>): PortForwardRequest {
  const pod = { namespace: 'ns', name: 'web', uid: 'u1' };
  return { kind: 'portForward', ...pod, framing: 'spdy', ports: [], ...fields };
}

const clock = new ManualClock();

/** A client's SPDY connection to a pod. */
async function spdy(
  findHost: FindHost = HERE,
): Promise<{ client: SpdyClient; stream: FakeStream }> {
  const forward = new SpdyPortForward(request({}), findHost, clock);
  const { stream } = await rendezvous.open(forward);
  const client = new SpdyClient(async (bytes) => stream.sendBytes(bytes));
  let read = 0;
  stream.onPayload = () => {
    for (; read < stream.payload.length; read++) {
      void client.receive(stream.payload[read] ?? Buffer.alloc(0));
    }
  };
  return { client, stream };
}

describe('port forwarding over SPDY', () => {
  it('FORWARD-4: connections to several ports run side by side, each direction with its end', async () => {
    const upper = await podServer((connection) => {
      const parts: Buffer[] = [];
      connection.on('data', (part: Buffer) => parts.push(part));
      // Answers only after the client has finished.
      connection.on('end', () => connection.end(Buffer.concat(parts).toString().toUpperCase()));
    });
    const greeting = await podServer((connection) => {
      connection.write('hello');
      connection.resume();
    });
    const { client } = await spdy();
    const one = await client.openPair(upper, '0');
    const two = await client.openPair(greeting, '1');
    await client.until(() => client.text(two.data) === 'hello');
    await client.send(one.data, 'abc');
    await client.send(one.data, 'def', true);
    await client.until(() => client.isFinished(one.data) && client.isFinished(one.error));
    expect([client.text(one.data), client.text(one.error)]).toEqual(['ABCDEF', '']);
    expect(client.isFinished(two.data)).toBe(false);
  });

  it('FORWARD-5: a port that nobody listens on is told on the error stream, and others go on', async () => {
    const unused = await unusedPort();
    const echo = await podServer((connection) => connection.pipe(connection));
    const { client } = await spdy();
    const broken = await client.openPair(unused, '0');
    await client.until(() => client.isFinished(broken.error));
    expect(client.text(broken.error)).toBe(
      `error forwarding port ${unused} to pod web, uid u1: dial tcp 127.0.0.1:${unused}: connect: connection refused`,
    );
    await client.until(() => client.resetOf(broken.data) === RESET.cancel);
    const whole = await client.openPair(echo, '1');
    await client.send(whole.data, 'still', true);
    await client.until(() => client.isFinished(whole.error));
    expect(client.text(whole.data)).toBe('still');
  });

  it('FORWARD-5: a pod that is gone is told in the same way', async () => {
    const { client } = await spdy(() => ({ ok: false, message: 'pod "web" not found' }));
    const { error } = await client.openPair(80, '0');
    await client.until(() => client.isFinished(error));
    expect(client.text(error)).toBe(
      'error forwarding port 80 to pod web, uid u1: pod "web" not found',
    );
  });

  it('FORWARD-5: a connection that the pod breaks off is reset, and one that the client resets ends at the pod', async () => {
    let heard: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const rude = await podServer((connection) => {
      connection.once('data', () => connection.resetAndDestroy());
    });
    const patient = await podServer((connection) => {
      connection.resume();
      connection.write('x');
      connection.once('close', heard);
    });
    const { client } = await spdy();
    const one = await client.openPair(rude, '0');
    await client.send(one.data, 'x');
    await client.until(() => client.resetOf(one.data) === RESET.internalError);
    await client.until(() => client.isFinished(one.error));
    const two = await client.openPair(patient, '1');
    await client.until(() => client.text(two.data) === 'x');
    await client.reset(two.data, RESET.cancel);
    await closed;
  });

  it('FORWARD-5: a stream without its other half is not waited for without an end', async () => {
    const { client } = await spdy();
    const error = await client.open({ port: '80', requestid: '5', streamtype: 'error' }, true);
    await client.until(() => client.frames.some(({ type }) => type === 'synReply'));
    clock.advance(30_000);
    await client.until(() => client.isFinished(error));
    expect(client.text(error)).toBe('(request=5) timed out waiting for streams');
    const nonsense = await client.open({ port: '0', streamtype: 'data' });
    await client.until(() => client.resetOf(nonsense) === RESET.refusedStream);
  });

  it('FORWARD-3: a slow reader of one connection holds a bounded part of what its pod sends', async () => {
    let sent = 0;
    const flood = await podServer((connection) => {
      const part = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (connection.writable && connection.write(part)) sent += part.length;
        connection.once('drain', more);
      };
      more();
    });
    const { client, stream } = await spdy();
    client.answersPings = false;
    const { data } = await client.openPair(flood, '0');
    await client.until(() => client.bytes(data).length >= 2 * 1024 * 1024);
    // A round trip: whatever was still under way has arrived.
    await client.ping(1);
    await client.until(() => client.frames.some((f) => f.type === 'ping' && f.id === 1));
    expect(client.bytes(data).length).toBeLessThan((2048 + 32) * 1024);
    expect(sent).toBeGreaterThan(0);
    stream.cut();
  });

  it('FORWARD-1: a client that does not speak SPDY is cut off', async () => {
    const { stream } = await spdy();
    stream.sendBytes(Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0]));
    await stream.ended;
    expect(stream.endedInOrder).toBe(false);
  });
});

/** What came on a channel after the port's number. */
function afterNumber(stream: FakeStream, channel: number): string {
  const [, ...rest] = stream.payload.filter((message) => message[0] === channel);
  return Buffer.concat(rest.map((message) => message.subarray(1))).toString('utf8');
}

describe('port forwarding over channels', () => {
  const channels = (ports: number[]) =>
    rendezvous.open(new ChannelPortForward(request({ framing: 'channels', ports }), HERE));

  it('FORWARD-6: each port has a channel for data and one for errors, which begin with its number', async () => {
    const echo = await podServer((connection) => connection.pipe(connection));
    const unused = await unusedPort();
    const { stream } = await channels([echo, unused]);
    stream.send(0, 'abc');
    await stream.until(() => stream.text(0).endsWith('abc'));
    await stream.until(() => stream.text(3).includes('connection refused'));
    const number = (channel: number) =>
      stream.payload.find((message) => message[0] === channel)?.readUInt16LE(1);
    expect([0, 1, 2, 3].map(number)).toEqual([echo, echo, unused, unused]);
    expect(afterNumber(stream, 3)).toContain(`error forwarding port ${unused} to pod web`);
  });

  it('FORWARD-6: ends when the pod has ended every connection', async () => {
    const brief = await podServer((connection) => connection.end('bye'));
    const { stream } = await channels([brief]);
    await stream.ended;
    expect([afterNumber(stream, 0), stream.endedInOrder]).toEqual(['bye', true]);
  });
});
