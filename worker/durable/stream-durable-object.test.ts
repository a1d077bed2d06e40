import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { INITIAL_STREAM_CREDIT, type StreamControl } from '../../apimachinery/agent-protocol.ts';
import { env } from '../../test/workerd/env.ts';
import { streamStub } from './stubs.ts';

const BROKEN = 1011;
const NODE = 'c/n1';

let streams = 0;
const fresh = () => streamStub(env, `stream-${(streams += 1)}`);
type Stub = ReturnType<typeof fresh>;

/** One end of a stream, with what came so far. */
class Peer {
  readonly bytes: number[] = [];
  readonly controls: StreamControl[] = [];
  closeCode: number | null = null;
  readonly #socket: WebSocket;
  #onChange: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.controls.push(JSON.parse(data) as StreamControl);
      else this.bytes.push(...new Uint8Array(data as ArrayBuffer));
      this.#onChange();
    });
    socket.addEventListener('close', ({ code }) => {
      this.closeCode = code;
      this.#onChange();
    });
    socket.accept();
  }

  send(...bytes: number[]): void {
    this.#socket.send(new Uint8Array(bytes));
  }

  sendMany(count: number): void {
    this.#socket.send(new Uint8Array(count));
  }

  control(frame: StreamControl): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(code = 1000): void {
    this.#socket.close(code, 'test');
  }

  async until(condition: (peer: Peer) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }
}

async function connect(stub: Stub, path: string): Promise<Peer> {
  const response = await stub.fetch(`https://stream/${path}`, {
    headers: { Upgrade: 'websocket' },
  });
  if (response.webSocket === null) throw new Error(`refused with ${response.status}`);
  return new Peer(response.webSocket);
}

const agentOf = (stub: Stub, node = NODE) =>
  connect(stub, `agent?node=${encodeURIComponent(node)}`);
const clientOf = (stub: Stub) => connect(stub, 'client?subprotocol=v5.channel.k8s.io');
const logsOf = (stub: Stub) => stub.fetch('https://stream/client?');

async function expected(): Promise<Stub> {
  const stub = fresh();
  await stub.expect('c', 'n1');
  return stub;
}

describe('an exec stream', () => {
  it('STREAM-1: passes bytes both ways and gives the agent its credit back', async () => {
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
    await agent.until((a) => a.controls.length > 0);
    expect(agent.controls).toEqual([{ type: 'credit', bytes: 4 }]);
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
