import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAgentSocket, StartedSocket } from '../../../test/contract/agent-socket.ts';
import { PolledSocketServer } from '../../../test/fakes/polled-socket-server.ts';
import { systemClock } from '../../clock.ts';
import type { Clock } from '../../clock.ts';
import { ManualClock } from '../../manual-clock.ts';
import { newKeptConnections } from '../http-request.ts';
import { openPolledSocket } from './polled-socket.ts';

async function dial(server: PolledSocketServer, clock: Clock = systemClock) {
  const endpoint = { server: server.address };
  const socket = await openPolledSocket(
    {
      endpoint,
      request: newKeptConnections(endpoint),
      token: async () => 'token',
      clock,
      random: () => 0.01,
    },
    'nodes/n1/link',
    new AbortController().signal,
  );
  return { socket, peer: server.peers.at(-1)! };
}

describeAgentSocket('HTTP requests', async () => {
  const server = await PolledSocketServer.start();
  return { dial: () => dial(server), stop: () => server.stop() };
});

describeAgentSocket('HTTP requests, every third of which is lost, or its answer', async () => {
  const server = await PolledSocketServer.start();
  let count = 0;
  server.fault = (request) => {
    if (!request.includes('/messages?')) return undefined;
    count += 1;
    if (count % 3 !== 0) return undefined;
    return count % 2 === 0 ? 'lost' : 'answer lost';
  };
  return { dial: () => dial(server), stop: () => server.stop() };
});

describe('a polled socket', () => {
  let server: PolledSocketServer;
  beforeEach(async () => {
    server = await PolledSocketServer.start();
  });
  afterEach(() => server.stop());

  const started = async (clock?: Clock) => {
    const { socket, peer } = await dial(server, clock);
    return { socket, peer, told: new StartedSocket(socket) };
  };

  /** Lets the requests of this process come and go. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  const polls = () => server.requests.filter((line) => line.startsWith('GET '));

  it('a ping is a newer poll while one waits, and no other request', async () => {
    const { socket, told } = await started();
    await until(() => polls().length === 1);
    for (let index = 1; index <= 5; index++) {
      socket.ping();
      await told.until(() => told.heard === index);
    }
    expect(server.requests.slice(1)).toEqual(
      Array(6).fill('GET /fairlead/v1/polled-sockets/1/messages?after=0'),
    );
  });

  it('a ping is answered while messages are not taken', async () => {
    const { socket, peer, told } = await started();
    told.onMessage = () => socket.pause();
    peer.send('one');
    await told.until(() => told.messages.length === 1);
    const before = told.heard;
    socket.ping();
    await told.until(() => told.heard > before);
    expect(server.requests.at(-1)).toBe('POST /fairlead/v1/polled-sockets/1/messages?from=1');
  });

  it('NODE-23: what was sent meanwhile goes in one request, again if its answer was lost', async () => {
    const { socket, peer } = await started();
    let isFirst = true;
    server.fault = (request) => {
      if (!isFirst || !request.startsWith('POST ')) return undefined;
      isFirst = false;
      return 'answer lost';
    };
    for (const text of ['one', 'two', 'three']) socket.send(text);
    for (const text of ['one', 'two', 'three']) expect(await peer.next()).toBe(text);
    await until(() => server.requests.filter((line) => line.endsWith('?from=1')).length === 2);
    socket.send('four');
    expect(await peer.next()).toBe('four');
    expect(server.requests.at(-1)).toContain('?from=4');
  });

  it('NODE-23: outlives a control plane that is away for less than half a minute', async () => {
    const clock = new ManualClock();
    const { socket, peer, told } = await started(clock);
    await until(() => polls().length === 1);
    server.fault = () => 502;
    server.cut();
    for (const end = clock.now() + 25_000; clock.now() < end; clock.advance(1_000)) await turn();
    expect(polls().length).toBeGreaterThan(5);
    socket.send('meanwhile');
    await turn();
    server.fault = () => undefined;
    peer.send('back');
    while (told.messages.length === 0) {
      await turn();
      clock.advance(1_000);
    }
    expect([told.closes, await peer.next()]).toEqual([[], 'meanwhile']);
  });

  it('NODE-23: breaks when nothing gets through for half a minute', async () => {
    const clock = new ManualClock();
    const { told } = await started(clock);
    await until(() => polls().length === 1);
    server.fault = () => 'lost';
    server.cut();
    while (told.closes.length === 0) {
      await turn();
      clock.advance(1_000);
    }
    expect(told.closes).toEqual([1006]);
  });

  it('takes the page of somebody else neither for messages nor for a sign of life', async () => {
    const { socket } = await dial(server);
    server.fault = (request) => (request.startsWith('GET ') ? 200 : undefined);
    const told = new StartedSocket(socket);
    await told.until(() => told.closes.length > 0);
    expect([told.closes, told.heard, told.messages]).toEqual([[1006], 0, []]);
  });

  it.each([200, 401, 403, 410])(
    'breaks at once when a request is answered with %s',
    async (status) => {
      const { socket, told } = await started(new ManualClock());
      server.fault = () => status;
      socket.send('x');
      await told.until(() => told.closes.length > 0);
      expect(told.closes).toEqual([1006]);
    },
  );
});

/** Lets the sockets of this process say what they have to say to each other. */
async function turn(): Promise<void> {
  for (let step = 0; step < 50; step++) await new Promise((resolve) => setImmediate(resolve));
}
