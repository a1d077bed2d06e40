import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { NodeAPI, NodeAnswer } from './node-api.ts';

const LOOPBACK = '127.0.0.1';
/** A scrape takes seconds at most. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;

/**
 * Serves health and Prometheus metrics of a node to its own machine, without credentials: for a
 * collector that runs there, also while there is no control plane.
 *
 * @param api of which every answer is a text
 * @param port of the loopback interface; 0: any that is free
 * @throws the error of the system where the port is taken
 */
export async function startLocalServer(api: NodeAPI, port: number): Promise<Server> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    request.resume();
    const { method = 'GET', url = '/' } = request;
    api.answer({ method, path: url }).then(
      (answer) => send(answer, response),
      // The engine is away: a collector takes it for a failed scrape.
      () => response.writeHead(503).end('the container engine does not answer\n'),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  server.unref();
  return server;
}

function send({ status, headers, body, close }: NodeAnswer, response: ServerResponse): void {
  response.writeHead(status, Object.fromEntries(headers));
  response.end(typeof body === 'string' ? body : '');
  close?.();
}
