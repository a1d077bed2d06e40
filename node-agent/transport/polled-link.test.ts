import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { CLOSE_SUPERSEDED } from '../../apimachinery/agent-protocol.ts';
import { PolledSocketServer } from '../../test/fakes/polled-socket-server.ts';
import type { PolledPeer } from '../../test/fakes/polled-socket-server.ts';
import { newTestLink, WELCOME } from '../../test/fakes/test-link.ts';
import { ManualClock } from '../manual-clock.ts';
import type { Link } from './link.ts';

let server: PolledSocketServer;
let webSockets: WebSocketServer;
let clock: ManualClock;
let link: Link;
let isBlocked: boolean;
let upgrades: number;
let opened: WebSocket[];

beforeEach(async () => {
  server = await PolledSocketServer.start();
  webSockets = new WebSocketServer({ noServer: true });
  isBlocked = true;
  upgrades = 0;
  opened = [];
  server.http.on('upgrade', (request, socket: Duplex, head) => {
    upgrades += 1;
    if (isBlocked) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => opened.push(webSocket));
  });
  clock = new ManualClock();
  ({ link } = newTestLink(server.address, clock));
  link.start();
});

afterEach(async () => {
  link.stop();
  for (const client of webSockets.clients) client.terminate();
  await server.stop();
});

/** Lets the sockets of this process say what they have to say to each other. */
async function turn(): Promise<void> {
  for (let step = 0; step < 50; step++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time go by as it does: what is due is done, and answered, before more of it does. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(1_000);
    await turn();
  }
}

/** The control plane's end of the n-th link, once the agent has said hello. */
async function greeted(index: number): Promise<PolledPeer> {
  await until(() => server.peers.length > index);
  const peer = server.peers[index]!;
  expect(JSON.parse(String(await peer.next()))).toMatchObject({ type: 'hello', position: 7 });
  peer.send(WELCOME);
  await until(() => link.connected);
  return peer;
}

const polls = () => server.requests.filter((line) => line.startsWith('GET ')).length;

describe('a link that is polled', () => {
  it('NODE-20: stays up by a poll every 20 s, and costs no other requests', async () => {
    await greeted(0);
    await turn();
    const before = server.requests.length;
    await pass(59_000);
    expect([server.requests.length - before, polls(), link.connected]).toEqual([2, 4, true]);
  });

  it('NODE-20: is given up when nothing comes for 15 s after a poll, and made anew', async () => {
    const peer = await greeted(0);
    await turn();
    // As if it were nowhere: what is asked is never answered.
    peer.poll = () => undefined;
    await pass(34_000);
    expect([link.connected, server.peers.length]).toEqual([true, 1]);
    await pass(1_000);
    expect(link.connected).toBe(false);
    await pass(1_000);
    await greeted(1);
    expect(link.connected).toBe(true);
  });

  it('NODE-4: does not fight for a link that another agent has taken over', async () => {
    const peer = await greeted(0);
    peer.close(CLOSE_SUPERSEDED);
    await until(() => !link.connected);
    await pass(29_000);
    expect(server.peers).toHaveLength(1);
    await pass(1_000);
    await greeted(1);
  });

  it('NODE-23: is made anew when the control plane knows nothing of it any more', async () => {
    const peer = await greeted(0);
    await until(() => polls() > 1);
    peer.isGone = true;
    server.cut();
    await turn();
    await pass(2_000);
    await greeted(1);
  });

  it('NODE-27: gives way to a WebSocket once one gets through, and is kept until then', async () => {
    const peer = await greeted(0);
    await pass(60_000);
    await until(() => upgrades === 2);
    expect([link.connected, server.peers.length]).toEqual([true, 1]);
    isBlocked = false;
    await pass(119_000);
    expect([upgrades, link.connected]).toEqual([2, true]);
    clock.advance(1_000);
    await until(() => opened.length === 1);
    const [webSocket] = opened;
    const hello = new Promise<string>((resolve) => {
      webSocket?.once('message', (data: Buffer) => resolve(data.toString()));
    });
    expect(JSON.parse(await hello)).toMatchObject({ type: 'hello' });
    webSocket?.send(WELCOME);
    await until(() => link.connected);
    // The older one is over, and there is no third.
    await peer.closed;
    await pass(1_000);
    expect([upgrades, server.peers.length, opened.length]).toEqual([3, 1, 1]);
  });
});
