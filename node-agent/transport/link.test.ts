import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { CLOSE_PROTOCOL_ERROR, CLOSE_SUPERSEDED } from '../../apimachinery/agent-protocol.ts';
import { newTestLink, WELCOME } from '../../test/fakes/test-link.ts';
import type { NodeUsage } from '../../apimachinery/node-usage.ts';
import { ManualClock } from '../manual-clock.ts';
import type { DesiredFrame } from '../sync/desired-state.ts';
import type { Link } from './link.ts';

let server: WebSocketServer;
let address: string;
let link: Link | undefined;
const http = () => server.options.server;

beforeEach(async () => {
  const listener = createServer();
  server = new WebSocketServer({ server: listener });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
});

afterEach(async () => {
  link?.stop();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => http()?.close(resolve));
});

/** The next connection, with everything that it says. */
function connection(): Promise<{ socket: WebSocket; next: () => Promise<string> }> {
  return new Promise((resolve) => {
    server.once('connection', (socket) => {
      const heard: string[] = [];
      let wake: () => void = () => undefined;
      socket.on('message', (data: Buffer) => {
        heard.push(data.toString('utf8'));
        wake();
      });
      const next = async (): Promise<string> => {
        if (heard.length === 0) {
          await new Promise<void>((done) => {
            wake = done;
          });
        }
        return heard.shift()!;
      };
      resolve({ socket, next });
    });
  });
}

const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.on('close', resolve));

const USAGE: NodeUsage = {
  node: { timestampMs: 1, windowMs: 1, cpuNanoCores: 1, memoryBytes: 1 },
  pods: [],
};

function setUp(
  onDesired: (frame: DesiredFrame) => Promise<boolean> = async () => true,
  sampleUsage: () => Promise<NodeUsage> = async () => USAGE,
) {
  const clock = new ManualClock();
  const made = newTestLink(`${address}/clusters/blue/`, clock, { onDesired, sampleUsage });
  link = made.link;
  return { clock, reports: made.reports, link };
}

const DESIRED = JSON.stringify({
  type: 'desired',
  epoch: 'e',
  from: 7,
  position: 8,
  pods: [],
  objects: [],
});

describe('The link', () => {
  it('INSTALL-3: tells whether it is up, since when, and what keeps it down', async () => {
    const { clock, link: tested } = setUp();
    const startedAtMs = clock.now();
    expect(tested.state).toEqual({ isUp: false, sinceMs: startedAtMs, problem: undefined });
    const connected = connection();
    tested.start();
    const { socket } = await connected;
    clock.advance(1_000);
    socket.send(WELCOME);
    await expect.poll(() => tested.state.isUp).toBe(true);
    const upAtMs = tested.state.sinceMs;
    expect(upAtMs).toBe(startedAtMs + 1_000);
    clock.advance(2_000);
    socket.close(CLOSE_SUPERSEDED);
    await expect.poll(() => tested.state.isUp).toBe(false);
    expect(tested.state).toEqual({
      isUp: false,
      sinceMs: upAtMs + 2_000,
      problem: 'this node was taken over by another agent',
    });
  });

  it.each([
    { engine: 'answers', sample: async () => USAGE, want: USAGE },
    {
      engine: 'talks nonsense',
      sample: async () => ({ ...USAGE, node: { ...USAGE.node, windowMs: -0.5 } }),
      want: null,
    },
    { engine: 'fails', sample: () => Promise.reject(new Error('engine is gone')), want: null },
  ])('answers what is used when the engine $engine', async ({ sample, want }) => {
    const { link: subject } = setUp(undefined, sample);
    const connecting = connection();
    subject.start();
    const { socket, next } = await connecting;
    await next();
    socket.send(WELCOME);
    socket.send(JSON.stringify({ type: 'sampleUsage', requestID: 'r1' }));
    expect(JSON.parse(await next())).toEqual({ type: 'usage', requestID: 'r1', usage: want });
  });

  it('dials under the cluster’s prefix with a token, and greets first', async () => {
    const { link: subject } = setUp();
    const request = new Promise<[string | undefined, string | undefined]>((resolve) => {
      server.once('connection', (_, { url, headers }) => resolve([url, headers.authorization]));
    });
    const connecting = connection();
    subject.start();
    expect(await request).toEqual(['/clusters/blue/fairlead/v1/nodes/edge/link', 'Bearer token']);
    const { next } = await connecting;
    expect(JSON.parse(await next())).toMatchObject({ type: 'hello', protocol: 1, position: 7 });
  });

  it('acknowledges a position after it was taken over, and reports once it is welcome', async () => {
    const order: string[] = [];
    const { link: subject, reports } = setUp(async () => {
      order.push('taken over');
      return true;
    });
    const connecting = connection();
    reports.podTerminated({ namespace: 'default', name: 'web', uid: 'u' });
    subject.start();
    const { socket, next } = await connecting;
    await next();
    socket.send(WELCOME);
    expect(JSON.parse(await next())).toMatchObject({ type: 'report', seq: 1 });
    socket.send(DESIRED);
    expect(JSON.parse(await next())).toEqual({ type: 'ack', position: 8, epoch: 'e' });
    expect(order).toEqual(['taken over']);
  });

  it.each([
    { what: 'a frame that is not JSON', frame: '{' },
    { what: 'a frame of an unknown type', frame: '{"type":"other"}' },
    { what: 'another protocol', frame: WELCOME.replace('"protocol":1', '"protocol":2') },
  ])('gives up on $what, and dials again', async ({ frame }) => {
    const { clock, link: subject } = setUp();
    const connecting = connection();
    subject.start();
    const { socket, next } = await connecting;
    await next();
    const closed = closeCode(socket);
    const again = connection();
    socket.send(frame);
    expect(await closed).toBe(CLOSE_PROTOCOL_ERROR);
    await turn();
    clock.advance(250);
    expect(JSON.parse(await (await again).next())).toMatchObject({ type: 'hello' });
  });

  it('gives up on a state that does not continue its own', async () => {
    const { link: subject } = setUp(async () => false);
    const connecting = connection();
    subject.start();
    const { socket, next } = await connecting;
    await next();
    const closed = closeCode(socket);
    socket.send(WELCOME);
    socket.send(DESIRED);
    expect(await closed).toBe(CLOSE_PROTOCOL_ERROR);
  });

  it('NODE-20: sends a ping every 20 s, and gives up when nothing comes for 15 s after it', async () => {
    const { clock, link: subject } = setUp();
    const connecting = connection();
    subject.start();
    const { socket, next } = await connecting;
    await next();
    const closed = closeCode(socket);
    clock.advance(20_000);
    expect(await next()).toBe('ping');
    socket.send('pong');
    await turn();
    clock.advance(15_000);
    clock.advance(5_000);
    expect(await next()).toBe('ping');
    clock.advance(15_000);
    expect(await closed).toBe(1006);
  });

  it('does not fight for a link that another agent has taken over', async () => {
    const { clock, link: subject } = setUp();
    const connecting = connection();
    subject.start();
    const { socket, next } = await connecting;
    await next();
    const closed = closeCode(socket);
    let reconnected = false;
    server.once('connection', () => {
      reconnected = true;
    });
    socket.close(CLOSE_SUPERSEDED);
    await closed;
    await turn();
    clock.advance(29_999);
    await turn();
    expect(reconnected).toBe(false);
    const again = connection();
    clock.advance(1);
    await again;
    expect(reconnected).toBe(true);
  });
});

/** Lets the sockets of this process say what they have to say to each other. */
async function turn(): Promise<void> {
  for (let step = 0; step < 20; step++) await new Promise((resolve) => setImmediate(resolve));
}
