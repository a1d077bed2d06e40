import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { AGENT_PROTOCOL_VERSION, CLOSE_REVOKED } from '../../../apimachinery/agent-protocol.ts';
import { MAX_BATCH_BYTES } from '../../../apimachinery/polled-socket/protocol.ts';
import { linkStub, READY_STATUS } from '../../../test/workerd/agent-link.ts';
import { call, mintToken, statusOf } from '../../../test/workerd/api.ts';
import { enrolNode } from '../../../test/workerd/enrolled-node.ts';
import { env } from '../../../test/workerd/env.ts';
import {
  askToOpen,
  batchOf,
  closeBatch,
  PolledSocketClient,
} from '../../../test/workerd/polled-socket-client.ts';
import { freshCluster } from '../../../test/workerd/stores.ts';
import { StreamPeer } from '../../../test/workerd/stream-peer.ts';

const LINK = 'nodes/n1/link';
const HELLO = JSON.stringify({
  type: 'hello',
  protocol: AGENT_PROTOCOL_VERSION,
  agentVersion: 'test',
  position: 0,
  epoch: '',
  node: { labels: {}, status: READY_STATUS },
});

async function given() {
  const cluster = freshCluster();
  const { sign } = await enrolNode(cluster, 'n1');
  return { cluster, token: await sign() };
}

/** A stream that n1 is expected at, and the client that waits there. */
async function stream(cluster: string) {
  const streamID = crypto.randomUUID();
  const stub = env.STREAM.getByName(streamID);
  await stub.expect(cluster, 'n1');
  const { webSocket } = await stub.fetch('https://stream/client?framing=channels', {
    headers: { Upgrade: 'websocket' },
  });
  if (webSocket === null) throw new Error('refused');
  return { path: `streams/${streamID}`, client: new StreamPeer(webSocket, 'client') };
}

const codeOf = async (answer: Promise<Response>) => (await statusOf(await answer)).code;

describe('polled sockets', () => {
  it('NODE-22: carry a link, whose polls count as heartbeats', async () => {
    const { cluster, token } = await given();
    const link = await PolledSocketClient.open(cluster, LINK, token);
    expect((await link.send(1, batchOf(HELLO))).status).toBe(204);
    const [welcome] = await link.messages(0);
    expect(JSON.parse(String(welcome))).toMatchObject({ type: 'welcome', generation: 1 });
    const heardAt = await runInDurableObject(linkStub(cluster, 'n1'), (_, state) =>
      state.getWebSockets().map((socket) => state.getWebSocketAutoResponseTimestamp(socket)),
    );
    expect(heardAt).toEqual([expect.any(Date)]);
  });

  it('NODE-22: carry a stream, to its orderly end', async () => {
    const { cluster, token } = await given();
    const { path, client } = await stream(cluster);
    const agent = await PolledSocketClient.open(cluster, path, token);
    client.send(0, 1, 2);
    expect(await agent.messages(0)).toEqual([[0, 1, 2]]);
    await agent.send(1, batchOf(new Uint8Array([1, 7])));
    await agent.send(2, batchOf(JSON.stringify({ type: 'end' })));
    await agent.send(3, closeBatch(1000));
    await client.until(({ closeCode }) => closeCode !== null);
    expect([client.bytes, client.closeCode]).toEqual([[1, 7], 1000]);
    expect(await codeOf(agent.poll(1))).toBe(410);
  });

  it('NODE-22: one that is broken off breaks its stream', async () => {
    const { cluster, token } = await given();
    const { path, client } = await stream(cluster);
    const agent = await PolledSocketClient.open(cluster, path, token);
    expect((await agent.end()).status).toBe(204);
    await client.until(({ closeCode }) => closeCode !== null);
    expect(client.closeCode).toBe(1011);
    expect((await agent.end()).status).toBe(204);
  });

  it('NODE-26: are opened for what their node may dial, and for nobody else', async () => {
    const { cluster, token } = await given();
    const { path } = await stream(cluster);
    const { sign } = await enrolNode(cluster, 'n2');
    const other = await sign();
    expect(await codeOf(askToOpen(cluster, LINK, other))).toBe(403);
    expect(await codeOf(askToOpen(cluster, path, other))).toBe(403);
    expect(await codeOf(askToOpen(cluster, LINK, await mintToken()))).toBe(403);
    expect(await codeOf(askToOpen(cluster, path, await mintToken()))).toBe(401);
    expect(await codeOf(askToOpen(cluster, LINK, ''))).toBe(401);
    expect(await codeOf(askToOpen(cluster, 'nodes', token))).toBe(400);
    expect(await codeOf(askToOpen(cluster, `streams/${crypto.randomUUID()}`, token))).toBe(403);
  });

  it('NODE-26: hear nobody but their node, whose id alone is of no use', async () => {
    const { cluster, token } = await given();
    const link = await PolledSocketClient.open(cluster, LINK, token);
    const { sign } = await enrolNode(cluster, 'n2');
    const elsewhere = await enrolNode(freshCluster(), 'n1');
    const other = link.as(await sign());
    expect(await codeOf(other.poll(0))).toBe(410);
    expect(await codeOf(other.send(1, batchOf(HELLO)))).toBe(410);
    await other.end();
    expect(await codeOf(link.as(await mintToken()).poll(0))).toBe(401);
    expect(await codeOf(link.as(await elsewhere.sign()).poll(0))).toBe(401);
    const unknown = new PolledSocketClient(cluster, crypto.randomUUID(), token);
    expect(await codeOf(unknown.poll(0))).toBe(410);
    await link.send(1, batchOf(HELLO));
    expect(await link.messages(0)).toHaveLength(1);
  });

  it('NODE-6: a node that is revoked hears of it on the poll that waits, and has no other', async () => {
    const { cluster, token } = await given();
    const link = await PolledSocketClient.open(cluster, LINK, token);
    const waiting = link.messages(0);
    await call(cluster, 'DELETE', '/fairlead/v1/nodes/n1/credential');
    expect(await waiting).toEqual([CLOSE_REVOKED]);
    expect(await codeOf(link.poll(1))).toBe(401);
    expect(await codeOf(askToOpen(cluster, LINK, token))).toBe(401);
  });

  it('NODE-25: take no batch that is too long, or that is none', async () => {
    const { cluster, token } = await given();
    const link = await PolledSocketClient.open(cluster, LINK, token);
    expect(await codeOf(link.send(1, new Uint8Array(MAX_BATCH_BYTES + 1)))).toBe(413);
    expect(await codeOf(link.send(1, new Uint8Array([1])))).toBe(400);
    expect(await codeOf(link.send(2, batchOf(HELLO)))).toBe(400);
    expect(await codeOf(link.poll(5))).toBe(400);
    const path = '/fairlead/v1/polled-sockets';
    expect(await codeOf(call(cluster, 'POST', path, { token, body: '{' }))).toBe(400);
    expect(await codeOf(call(cluster, 'GET', path, { token }))).toBe(404);
  });

  it('NODE-25: are no more than a node has use for', async () => {
    const { cluster, token } = await given();
    const sockets = env.POLLED_SOCKETS.getByName(`${cluster}/nodes/n1`);
    // Each takes over from the one before it, whose agent does not ask what became of it.
    let opened = 0;
    while ((await sockets.open({ cluster, node: 'n1' })).ok) opened += 1;
    expect(opened).toBe(320);
    expect(await codeOf(askToOpen(cluster, LINK, token))).toBe(429);
  });

  it('NODE-23: after a restart of the control plane they are gone, and say so', async () => {
    const { cluster, token } = await given();
    const answer = await askToOpen(cluster, LINK, token);
    const { id } = await answer.json<{ id: string }>();
    const stub = env.POLLED_SOCKETS.getByName(`${cluster}/nodes/n1`);
    await runInDurableObject(stub, (_, state) => state.abort('restarted')).catch(() => undefined);
    expect(await codeOf(new PolledSocketClient(cluster, id, token).poll(0))).toBe(410);
  });

  it('NODE-27: a WebSocket whose upgrade got lost on its way is answered so', async () => {
    const { cluster, token } = await given();
    const { path } = await stream(cluster);
    for (const each of [LINK, path]) {
      const answer = await call(cluster, 'GET', `/fairlead/v1/${each}`, { token });
      expect([answer.status, (await statusOf(answer)).message]).toEqual([
        426,
        expect.stringContaining('let proxies pass it on'),
      ]);
    }
    // The stream is still to be had.
    await PolledSocketClient.open(cluster, path, token);
  });
});
