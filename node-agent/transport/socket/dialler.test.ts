import type { Duplex } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { StartedSocket } from '../../../test/contract/agent-socket.ts';
import { PolledSocketServer } from '../../../test/fakes/polled-socket-server.ts';
import { newTestDialler } from '../../../test/fakes/test-dialler.ts';
import { ManualClock } from '../../manual-clock.ts';
import type { AgentSocket, SocketRequest } from './agent-socket.ts';
import { webSocketRetryDelayMs } from './dialler.ts';
import type { Dialler } from './dialler.ts';

const REQUEST: SocketRequest = { path: 'nodes/n1/link', heartbeat: 'text' };
const HTML = '<html>no</html>';
const status = (code: number) => JSON.stringify({ kind: 'Status', code, message: 'as it says' });

let server: PolledSocketServer;
let webSockets: WebSocketServer;
let dialler: Dialler;
let clock: ManualClock;
let log: string[];
/** What becomes of handshakes; undefined: they succeed. */
let onUpgrade: ((socket: Duplex) => void) | undefined;
let upgrades: number;
/** What becomes of WebSockets that stand. */
let onOpen: (socket: WebSocket) => void;

beforeEach(async () => {
  server = await PolledSocketServer.start();
  webSockets = new WebSocketServer({ noServer: true });
  onUpgrade = undefined;
  onOpen = (socket) => socket.send('welcome');
  upgrades = 0;
  log = [];
  server.http.on('upgrade', (request, socket: Duplex, head) => {
    upgrades += 1;
    if (onUpgrade !== undefined) onUpgrade(socket);
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => onOpen(webSocket));
  });
  const logger = pino({}, { write: (line) => log.push(line) });
  clock = new ManualClock();
  dialler = newTestDialler(server.address, clock, logger);
});

afterEach(async () => {
  await dialler.stop();
  for (const client of webSockets.clients) client.terminate();
  await server.stop();
});

const answer = (code: number, body: string) => (socket: Duplex) => {
  socket.end(
    `HTTP/1.1 ${code} Whatever\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
};

/** What a socket goes over, once something came through it. */
async function proven(dialling: Promise<AgentSocket>): Promise<AgentSocket['transport']> {
  const socket = await dialling;
  if (socket.transport === 'WebSocket')
    await new StartedSocket(socket).until((told) => told.heard > 0);
  return socket.transport;
}

const dial = () => proven(dialler.dial(REQUEST));
const opened = () => server.requests.filter((line) => line.startsWith('POST ')).length;

describe('the dialler', () => {
  it('NODE-27: opens a WebSocket, and asks for nothing else, where one gets through', async () => {
    expect(await dial()).toBe('WebSocket');
    expect([server.requests, log]).toEqual([[], []]);
  });

  it.each([
    { what: 'a proxy refuses', how: answer(403, HTML) },
    { what: 'a proxy wants to be paid', how: answer(402, '{"kind":"Refusal"}') },
    { what: 'a proxy knows no such page', how: answer(404, HTML) },
    { what: 'a proxy answers without an upgrade', how: answer(200, 'hello') },
    { what: 'the upgrade got lost on its way', how: answer(426, status(426)) },
  ])('NODE-27: polls where $what, and requests are answered', async ({ how }) => {
    onUpgrade = how;
    expect(await dial()).toBe('long-poll');
    expect(log.filter((line) => line.includes('no WebSocket gets through'))).toHaveLength(1);
  });

  it.each([
    { what: 'a gateway fails', how: answer(502, HTML) },
    { what: 'the connection is cut off', how: (socket: Duplex) => void socket.destroy() },
    { what: 'nonsense comes', how: (socket: Duplex) => void socket.end('nonsense\r\n\r\n') },
  ])('NODE-27: polls where $what again and again, and requests are answered', async ({ how }) => {
    onUpgrade = how;
    for (let index = 0; index < 3; index++) await expect(dial()).rejects.toThrow();
    expect(server.requests).toEqual([]);
    expect(await dial()).toBe('long-poll');
    expect(log.filter((line) => line.includes('no WebSocket gets through'))).toHaveLength(1);
  });

  it('NODE-27: polls where WebSockets are opened and nothing comes through', async () => {
    onOpen = (socket) => socket.terminate();
    const broken = async (dialling: Promise<AgentSocket>) => {
      const told = new StartedSocket(await dialling);
      await told.until(({ closes }) => closes.length > 0);
    };
    // Of a stream it may be the agent.
    for (let index = 0; index < 3; index++) {
      await broken(dialler.dial({ path: 'streams/s', heartbeat: 'frame' }));
    }
    for (let index = 0; index < 2; index++) await broken(dialler.dial(REQUEST));
    expect([await dial(), upgrades, log.length]).toEqual(['long-poll', 5, 1]);
    // One that is tried and no better keeps the others from it.
    clock.advance(60_000);
    await broken(dialler.dialWebSocket(REQUEST));
    clock.advance(60_000);
    expect([await dial(), upgrades, log.length]).toEqual(['long-poll', 6, 1]);
    onOpen = (socket) => socket.send('welcome');
    expect(await proven(dialler.dialWebSocket(REQUEST))).toBe('WebSocket');
    expect([await dial(), log.length]).toEqual(['WebSocket', 2]);
  });

  it('NODE-27: a control plane that is away is not asked twice as often', async () => {
    onUpgrade = (socket) => void socket.destroy();
    server.fault = () => 'lost';
    for (let index = 0; index < 16; index++) await expect(dial()).rejects.toThrow();
    expect([upgrades, opened()]).toEqual([16, 3]);
  });

  it.each([401, 403, 503])(
    'NODE-27: does not take a %s of the control plane’s own for a blocked WebSocket',
    async (code) => {
      onUpgrade = answer(code, status(code));
      await expect(dial()).rejects.toThrow(`answered ${code}: as it says`);
      expect([server.requests, log]).toEqual([[], []]);
    },
  );

  it('NODE-27: polls for nothing where requests do not get through either', async () => {
    onUpgrade = answer(403, HTML);
    server.refusal = { status: 403, body: HTML };
    await expect(dial()).rejects.toThrow('answered 403');
    onUpgrade = undefined;
    expect(await dial()).toBe('WebSocket');
    expect(log).toEqual([]);
  });

  it('NODE-27: tells what the control plane says where only it is heard', async () => {
    onUpgrade = answer(403, HTML);
    server.refusal = { status: 401, body: status(401) };
    await expect(dial()).rejects.toThrow('answered 401: as it says');
    expect(log).toEqual([]);
  });

  it('NODE-27: says what to do about a control plane that is too old to be polled', async () => {
    onUpgrade = answer(403, HTML);
    server.refusal = { status: 404, body: status(404) };
    await expect(dial()).rejects.toThrow(/too old to be polled: upgrade it/);
  });

  it('NODE-27: a control plane that cannot be reached is not polled', async () => {
    await server.stop();
    await expect(dial()).rejects.toThrow('ECONNREFUSED');
    server = await PolledSocketServer.start();
  });

  it('NODE-27: remembers for all sockets what gets through, and says once when that changes', async () => {
    onUpgrade = answer(403, HTML);
    for (let index = 0; index < 3; index++) expect(await dial()).toBe('long-poll');
    expect([upgrades, opened(), log.length]).toEqual([1, 3, 1]);
    await expect(dialler.dialWebSocket(REQUEST)).rejects.toThrow('answered 403');
    expect(await dial()).toBe('long-poll');
    onUpgrade = undefined;
    expect(await proven(dialler.dialWebSocket(REQUEST))).toBe('WebSocket');
    expect(await dial()).toBe('WebSocket');
    expect(log.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([40, 30]);
  });

  it('NODE-27: tries a WebSocket for any socket when nobody else has for long enough', async () => {
    onUpgrade = answer(403, HTML);
    await dial();
    clock.advance(89_999);
    await dial();
    expect(upgrades).toBe(1);
    clock.advance(1);
    expect(await dial()).toBe('long-poll');
    expect(upgrades).toBe(2);
    onUpgrade = undefined;
    clock.advance(149_999);
    expect(await dial()).toBe('long-poll');
    clock.advance(1);
    expect(await dial()).toBe('WebSocket');
    expect(log).toHaveLength(2);
  });

  it('NODE-27: tries WebSockets again once polling fails, for instance in another network', async () => {
    onUpgrade = answer(403, HTML);
    expect(await dial()).toBe('long-poll');
    onUpgrade = undefined;
    server.refusal = { status: 500, body: HTML };
    await expect(dial()).rejects.toThrow('answered 500');
    expect(await dial()).toBe('WebSocket');
    expect(log).toHaveLength(2);
  });

  it('gives up what it is dialling when it is stopped', async () => {
    const asked = new Promise<void>((resolve) => {
      onUpgrade = () => resolve();
    });
    const dialling = dial();
    await asked;
    const stopped = dialler.stop();
    await expect(dialling).rejects.toThrow();
    await stopped;
    expect(server.requests).toEqual([]);
  });

  it('NODE-24: does not stop before sockets that are polled have said that they are over', async () => {
    onUpgrade = answer(403, HTML);
    const closed = await dialler.dial(REQUEST);
    const broken = await dialler.dial(REQUEST);
    closed.close(1000);
    broken.terminate();
    await dialler.stop();
    expect(server.peers.map(({ isGone }) => isGone)).toEqual([true, true]);
  });

  it('a polled socket that it opens carries messages', async () => {
    onUpgrade = answer(403, HTML);
    const told = new StartedSocket(await dialler.dial(REQUEST));
    server.peers[0]?.send('hello');
    await told.until(() => told.messages.length === 1);
    expect(told.messages).toEqual(['hello']);
  });
});

it('WebSockets are tried again after a minute, and then less and less often', () => {
  expect([0, 1, 2, 3, 4, 100].map((failures) => webSocketRetryDelayMs(failures) / 60_000)).toEqual([
    1, 2, 4, 8, 10, 10,
  ]);
});
