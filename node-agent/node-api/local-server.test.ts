import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startLocalServer } from './local-server.ts';
import { NodeAPI, textAnswer } from './node-api.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => server?.close(resolve)));

describe('NODEAPI-4: what a node tells its own machine', () => {
  const api = new NodeAPI([
    async (path) => (path === '/metrics' ? textAnswer(200, 'up 1\n') : undefined),
    async (path) => {
      if (path === '/metrics/resource') throw new Error('no engine');
      return undefined;
    },
  ]);

  it.each([
    { path: '/metrics', status: 200, text: 'up 1\n' },
    { path: '/metrics/resource', status: 503, text: 'the container engine does not answer\n' },
    { path: '/metrics/other', status: 404, text: '404 page not found\n' },
  ])('$path: $status', async ({ path, status, text }) => {
    server = await startLocalServer(api, 0);
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: 'close' },
    });
    expect([answer.status, await answer.text()]).toEqual([status, text]);
  });
});
