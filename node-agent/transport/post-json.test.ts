import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { postJSON } from './post-json.ts';

it('AGENT-4: Requests that come close together share a connection', async () => {
  let connections = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('{}'));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`);
    const endpoint = { server: url.origin };
    for (let turn = 0; turn < 3; turn++) {
      const answer = await postJSON(endpoint, url, 'token', { turn });
      expect(answer).toEqual({ status: 200, text: '{}' });
    }
    expect(connections).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
