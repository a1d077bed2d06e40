import { afterEach, describe, expect, it } from 'vitest';
import { SpdyClient } from '../../../../../test/fakes/spdy-client.ts';
import { RESET, synStreamFrame } from './frames.ts';
import { SpdySession } from './session.ts';
import type { SpdyStream } from './stream.ts';

const sessions: SpdySession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
});

/** A client and the session that it has, joined in memory. */
function setUp() {
  const streams: SpdyStream[] = [];
  let arrived: () => void = () => undefined;
  const client: SpdyClient = new SpdyClient((bytes) => session.receive(bytes));
  const session = new SpdySession(
    (bytes) => client.receive(bytes),
    (stream) => {
      streams.push(stream);
      arrived();
    },
  );
  sessions.push(session);
  const opened = async (count: number): Promise<SpdyStream[]> => {
    while (streams.length < count) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    return streams;
  };
  return { client, session, opened };
}

async function collected(stream: SpdyStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream.incoming()) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

describe('SpdySession', () => {
  it('FORWARD-2: streams have headers, bytes both ways, and each direction its end', async () => {
    const { client, opened } = setUp();
    const id = await client.open({ port: '80' });
    const [stream] = await opened(1);
    expect(stream?.headers.get('port')).toBe('80');
    await stream?.accept();
    await client.send(id, 'ping', true);
    expect(await collected(stream as SpdyStream)).toBe('ping');
    await stream?.send(Buffer.from('pong'));
    expect([client.text(id), client.isFinished(id)]).toEqual(['pong', false]);
    await stream?.finish();
    expect([client.isFinished(id), stream?.isOver]).toEqual([true, true]);
    expect(client.frames.map(({ type }) => type)).toEqual(['synReply', 'data', 'data']);
  });

  it('FORWARD-2: a reset ends both directions for whoever uses the stream', async () => {
    const { client, opened } = setUp();
    const id = await client.open({});
    const [stream] = await opened(1);
    await client.send(id, 'x');
    await client.reset(id, RESET.cancel);
    await expect(collected(stream as SpdyStream)).rejects.toThrow('the stream was reset');
    await expect(stream?.send(Buffer.from('y'))).rejects.toThrow('the stream takes no more');
    await client.send(id, 'late');
    expect(client.resetOf(id)).toBeUndefined();
  });

  it('FORWARD-2: pings of the client are answered, its other frames are passed over', async () => {
    const { client } = setUp();
    await client.ping(7);
    await client.until(() => client.frames.length > 0);
    expect(client.frames).toEqual([{ type: 'ping', id: 7 }]);
  });

  it('FORWARD-2: stream IDs that go back, and data of no stream, are reset', async () => {
    const { client, session, opened } = setUp();
    await client.open({});
    await client.open({});
    await opened(2);
    const wire = synStreamFrame(1, Buffer.alloc(0));
    await expect(session.receive(wire)).rejects.toThrow();
    const other = setUp();
    await other.client.send(99, 'x');
    expect(other.client.resetOf(99)).toBe(RESET.invalidStream);
  });

  it('FORWARD-3: a client that does not read is sent a bounded number of bytes', async () => {
    const { client, opened } = setUp();
    client.answersPings = false;
    const id = await client.open({});
    const [stream] = await opened(1);
    const size = 8 * 1024 * 1024;
    const sending = stream?.send(Buffer.alloc(size));
    await client.until(() => client.bytes(id).length >= 2 * 1024 * 1024);
    await new Promise(setImmediate);
    expect(client.bytes(id).length).toBeLessThan((2048 + 32) * 1024);
    client.answersPings = true;
    await client.answerPings();
    await sending;
    expect(client.bytes(id).length).toBe(size);
  });

  it('FORWARD-3: windows are kept for a client that grants them', async () => {
    const { client, opened } = setUp();
    const id = await client.open({});
    const [stream] = await opened(1);
    await client.grant(id, 1000);
    const sending = stream?.send(Buffer.alloc(100_000));
    await client.until(() => client.bytes(id).length >= 66_536);
    await new Promise(setImmediate);
    expect(client.bytes(id).length).toBe(65_536 + 1000);
    await client.grant(id, 100_000);
    await sending;
    expect(client.bytes(id).length).toBe(100_000);
  });

  it('FORWARD-3: the connection is not read while one that is read slowly is full', async () => {
    const { client, opened } = setUp();
    const id = await client.open({});
    const [stream] = await opened(1);
    let taken = false;
    const sending = client.send(id, Buffer.alloc(1024 * 1024), true).then(() => {
      taken = true;
    });
    await new Promise(setImmediate);
    expect(taken).toBe(false);
    let size = 0;
    for await (const part of stream?.incoming() ?? []) size += part.length;
    await sending;
    expect(size).toBe(1024 * 1024);
    const granted = client.frames.filter((frame) => frame.type === 'windowUpdate');
    expect(granted.length).toBeGreaterThan(0);
  });

  it('FORWARD-3: a pod and a client that wait for each other do not wait for ever', async () => {
    const { client, opened } = setUp();
    const id = await client.open({});
    const [stream] = await opened(1);
    // The client sends much and hears nothing meanwhile; the pod gives back what it gets.
    client.answersPings = false;
    const size = 4 * 1024 * 1024;
    const echo = (async () => {
      for await (const part of stream?.incoming() ?? []) await stream?.send(part);
      await stream?.finish();
    })();
    for (let sent = 0; sent < size; sent += 65_536) {
      await client.send(id, Buffer.alloc(65_536), sent + 65_536 === size);
    }
    client.answersPings = true;
    await client.answerPings();
    await echo;
    expect(client.bytes(id).length).toBe(size);
  });
});
