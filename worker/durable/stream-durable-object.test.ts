import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { INITIAL_STREAM_CREDIT, RESPONSE_HEAD_HEADER } from '../../apimachinery/stream-protocol.ts';
import { env } from '../../test/workerd/env.ts';
import { StreamPeer } from '../../test/workerd/stream-peer.ts';
import type { Framing } from './stream/framing.ts';
import { streamStub } from './stubs.ts';

const BROKEN = 1011;
const NODE = 'c/n1';

let streams = 0;
const fresh = () => streamStub(env, `stream-${(streams += 1)}`);
type Stub = ReturnType<typeof fresh>;

async function connect(stub: Stub, path: string, side: 'agent' | 'client'): Promise<StreamPeer> {
  const response = await stub.fetch(`https://stream/${path}`, {
    headers: { Upgrade: 'websocket' },
  });
  if (response.webSocket === null) throw new Error(`refused with ${response.status}`);
  return new StreamPeer(response.webSocket, side);
}

const agentOf = (stub: Stub, node = NODE) =>
  connect(stub, `agent?node=${encodeURIComponent(node)}`, 'agent');
const clientOf = (stub: Stub, framing: Framing = 'channels') =>
  connect(stub, `client?framing=${framing}&subprotocol=v5.channel.k8s.io`, 'client');
const logsOf = (stub: Stub) => stub.fetch('https://stream/client?');

async function expected(): Promise<Stub> {
  const stub = fresh();
  await stub.expect('c', 'n1');
  return stub;
}

describe('an exec stream', () => {
  it('STREAM-1: passes bytes both ways', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    client.send(0, 1, 2);
    await agent.until((a) => a.bytes.length === 3);
    agent.send(1, 7, 8, 9);
    await client.until((c) => c.bytes.length === 4);
    expect([agent.bytes, client.bytes]).toEqual([
      [0, 1, 2],
      [1, 7, 8, 9],
    ]);
  });

  it('STREAM-2: gives the agent back what was consumed, in portions', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    const portion = INITIAL_STREAM_CREDIT / 4;
    agent.sendMany(portion - 4);
    await client.until((c) => c.bytes.length === portion - 4);
    expect(agent.controls).toEqual([]);
    await evictDurableObject(stub);
    agent.sendMany(4);
    await agent.until((a) => a.controls.length > 0);
    expect(agent.controls).toEqual([{ type: 'credit', bytes: portion }]);
  });

  it('STREAM-1: keeps what the client sends until the agent is there', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    client.send(0, 5);
    const agent = await agentOf(stub);
    await agent.until((a) => a.bytes.length === 2);
    expect(agent.bytes).toEqual([0, 5]);
  });

  it('STREAM-1: keeps what the agent sends until the client is there', async () => {
    const stub = await expected();
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    agent.send(1, 5);
    const client = await clientOf(stub);
    await client.until((c) => c.bytes.length === 2);
    expect(client.bytes).toEqual([1, 5]);
  });

  it('STREAM-2: sends no more than the agent has granted', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    for (let sent = 0; sent < INITIAL_STREAM_CREDIT * 2; sent += 32_768) client.sendMany(32_768);
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT);
    agent.control({ type: 'credit', bytes: INITIAL_STREAM_CREDIT });
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT * 2);
  });

  it('STREAM-3: an agent that goes away without an end breaks the stream for the client', async () => {
    for (const code of [1000, 1011]) {
      const stub = await expected();
      const client = await clientOf(stub);
      const agent = await agentOf(stub);
      agent.close(code);
      await client.until((c) => c.closeCode !== null);
      expect(client.closeCode).toBe(BROKEN);
    }
  });

  it('STREAM-3: an end is an orderly end', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    agent.control({ type: 'end' });
    await client.until((c) => c.closeCode !== null);
    expect(client.closeCode).toBe(1000);
  });

  it('STREAM-4: the agent is told when the client is gone', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    client.close();
    await agent.until((a) => a.closeCode !== null);
  });

  it('STREAM-5: goes on after hibernation', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    agent.send(1, 1);
    await client.until((c) => c.bytes.length === 2);
    await evictDurableObject(stub);
    client.send(0, 2);
    await agent.until((a) => a.bytes.length === 2);
    agent.send(1, 3);
    await client.until((c) => c.bytes.length === 4);
    agent.control({ type: 'end' });
    await client.until((c) => c.closeCode === 1000);
  });

  it('STREAM-6: another node, or a second agent, is turned away', async () => {
    const stub = await expected();
    await expect(agentOf(stub, 'c/n2')).rejects.toThrow('refused with 403');
    await expect(agentOf(stub, '')).rejects.toThrow('refused with 403');
    await agentOf(stub);
    await expect(agentOf(stub)).rejects.toThrow('refused with 403');
    await expect(agentOf(fresh())).rejects.toThrow('refused with 403');
  });
});

describe('credit', () => {
  it('STREAM-2: survives hibernation', async () => {
    const stub = await expected();
    const client = await clientOf(stub);
    const agent = await agentOf(stub);
    for (let sent = 0; sent < INITIAL_STREAM_CREDIT; sent += 32_768) client.sendMany(32_768);
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT);
    await evictDurableObject(stub);
    client.send(0, 1);
    agent.send(1, 7);
    await client.until((c) => c.bytes.length === 2);
    expect(agent.bytes.length).toBe(INITIAL_STREAM_CREDIT);
    agent.control({ type: 'credit', bytes: 2 });
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT + 2);
  });
});

describe('framings', () => {
  it('STREAM-9: in base64 channels are digits, and what follows them is text', async () => {
    const stub = await expected();
    const client = await clientOf(stub, 'channels.base64');
    const agent = await agentOf(stub);
    client.sendText(`0${btoa('in')}`);
    await agent.until((a) => a.bytes.length === 3);
    expect(agent.bytes).toEqual([0, 105, 110]);
    agent.send(1, 111, 117, 116);
    await client.until((c) => c.texts.length === 1);
    expect(client.texts).toEqual([`1${btoa('out')}`]);
    client.sendText('0not base64!');
    await client.until((c) => c.closeCode !== null);
    expect(client.closeCode).toBe(1007);
  });

  it('STREAM-9: bytes have no channels, and a failure is the reason of the close', async () => {
    const stub = await expected();
    const client = await clientOf(stub, 'bytes');
    const agent = await agentOf(stub);
    client.sendMany(70_000);
    await agent.until((a) => a.bytes.length === 70_000);
    agent.send(7, 8);
    await client.until((c) => c.bytes.length === 2);
    agent.control({ type: 'end', code: 500, message: `why ${'é'.repeat(100)}` });
    await client.until((c) => c.closeCode !== null);
    expect([client.closeCode, client.closeReason]).toEqual([BROKEN, `why ${'é'.repeat(59)}`]);
    const asText = await expected();
    const reader = await clientOf(asText, 'bytes.base64');
    const sender = await agentOf(asText);
    sender.sendUTF8('log');
    await reader.until((r) => r.texts.length === 1);
    expect(reader.texts).toEqual([btoa('log')]);
  });

  it('STREAM-9: messages are whole for the client, texts as texts', async () => {
    const stub = await expected();
    const client = await clientOf(stub, 'messages');
    const agent = await agentOf(stub);
    client.sendText('hi');
    client.sendMany(40_000);
    await agent.until((a) => a.bytes.length === 3 + 40_000 + 2);
    expect(agent.bytes.slice(0, 4)).toEqual([2, 104, 105, 1]);
    expect(agent.bytes[3 + 32_768]).toBe(3);
    agent.send(0, 104);
    agent.send(2, 105);
    agent.send(3, 9);
    await client.until((c) => c.bytes.length === 1);
    expect([client.texts, client.bytes]).toEqual([['hi'], [9]]);
  });
});

describe('a proxied request', () => {
  const head = (answer: Response): unknown =>
    JSON.parse(decodeURIComponent(answer.headers.get(RESPONSE_HEAD_HEADER) ?? 'null'));

  it('STREAM-10: the body goes to the node under credit, and its end is told', async () => {
    const stub = await expected();
    const body = new Uint8Array(INITIAL_STREAM_CREDIT + 1000);
    const answering = stub.fetch('https://stream/client', { method: 'POST', body });
    const agent = await agentOf(stub);
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT);
    expect(agent.controls).toEqual([]);
    agent.control({ type: 'credit', bytes: 1000 });
    await agent.until((a) => a.controls.length === 1);
    expect(agent.controls).toEqual([{ type: 'finished' }]);
    expect(agent.bytes.length).toBe(body.length);
    const response = { status: 302, headers: [['Location', '/x'] as [string, string]] };
    agent.control({ type: 'accepted', response });
    agent.sendUTF8('moved');
    agent.control({ type: 'end' });
    const answer = await answering;
    expect([answer.status, head(answer), await answer.text()]).toEqual([200, response, 'moved']);
  });

  it('STREAM-10: an answer that needs no more of the body ends it', async () => {
    const stub = await expected();
    let cancelled: () => void = () => undefined;
    const isCancelled = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => cancelled(),
    });
    const answering = stub.fetch('https://stream/client', { method: 'POST', body });
    const agent = await agentOf(stub);
    await agent.until((a) => a.bytes.length === INITIAL_STREAM_CREDIT);
    agent.control({ type: 'accepted', response: { status: 413, headers: [] } });
    agent.control({ type: 'end' });
    const answer = await answering;
    expect(await answer.text()).toBe('');
    await isCancelled;
  });

  it('STREAM-10: a WebSocket is the client’s once the target has taken it', async () => {
    const stub = await expected();
    const answering = stub.fetch('https://stream/client', { headers: { Upgrade: 'websocket' } });
    const agent = await agentOf(stub);
    const headers: [string, string][] = [['Sec-WebSocket-Protocol', 'chat']];
    agent.control({ type: 'accepted', response: { status: 101, headers } });
    const answer = await answering;
    expect([answer.status, answer.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, 'chat']);
    const client = new StreamPeer(answer.webSocket as WebSocket, 'client');
    client.sendText('hi');
    await agent.until((a) => a.bytes.length === 3);
    agent.send(2, 121, 111);
    await client.until((c) => c.texts.length === 1);
    expect(client.texts).toEqual(['yo']);
    client.close();
    await agent.until((a) => a.closeCode !== null);
  });
});

describe('a log stream', () => {
  it('STREAM-7: answers once the node has accepted, and ends with it', async () => {
    const stub = await expected();
    const answering = logsOf(stub);
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    agent.send(104, 105);
    agent.control({ type: 'end' });
    const answer = await answering;
    expect([answer.status, await answer.text()]).toEqual([200, 'hi']);
  });

  it('STREAM-7: what came before the client, it gets all the same', async () => {
    const stub = await expected();
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    agent.send(104, 105);
    agent.control({ type: 'end' });
    expect(await (await logsOf(stub)).text()).toBe('hi');
  });

  it('STREAM-8: a refusal is a Status with its code, whether before or after the client', async () => {
    const late = await expected();
    const answering = logsOf(late);
    await late.refuse(404, 'no such container');
    const early = await expected();
    await early.refuse(404, 'no such container');
    for (const answer of [await answering, await logsOf(early)]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        kind: 'Status',
        reason: 'NotFound',
        message: 'no such container',
      });
    }
  });

  it('STREAM-3: a node that goes away breaks the answer, it does not end it', async () => {
    const stub = await expected();
    const answering = logsOf(stub);
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    agent.send(104);
    const answer = await answering;
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toEqual(new Uint8Array([104]));
    agent.close();
    await expect(reader.read()).rejects.toThrow();
  });

  it('STREAM-4: the agent is told when the reader is gone', async () => {
    const stub = await expected();
    const answering = logsOf(stub);
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    agent.send(104);
    const answer = await answering;
    await answer.body?.cancel();
    agent.send(105);
    await agent.until((a) => a.closeCode !== null);
  });

  it('STREAM-2: a reader that takes nothing gives no credit', async () => {
    const stub = await expected();
    const answering = logsOf(stub);
    const agent = await agentOf(stub);
    agent.control({ type: 'accepted' });
    for (let i = 0; i < 8; i++) agent.sendMany(INITIAL_STREAM_CREDIT / 8);
    const answer = await answering;
    const granted = () =>
      agent.controls.reduce((sum, c) => sum + (c.type === 'credit' ? c.bytes : 0), 0);
    expect(granted()).toBeLessThan(INITIAL_STREAM_CREDIT);
    agent.control({ type: 'end' });
    expect((await answer.arrayBuffer()).byteLength).toBe(INITIAL_STREAM_CREDIT);
  });
});
