import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { relative } from 'node:path';
import type { WebhookCall } from '../../apimachinery/webhook-call.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { WebhookClient } from './webhook-client.ts';

/** Longest call taken: a review of the largest object, twice, and its envelope. Bytes. */
const MAX_CALL = 16 * 1024 * 1024;
/** Longest path of a socket that every system takes. */
const MAX_SOCKET_PATH = 100;

/** Where the control plane's workerd finds the relay, as long as it runs. */
export interface WebhookRelay {
  stop(): Promise<void>;
}

/**
 * Carries calls of webhooks out for workerd, which knows no certificate authorities but public ones.
 * It listens on a socket in a directory of the owner's, and follows no redirect.
 *
 * @param socketPath is made anew.
 * @throws Error when it cannot listen there.
 */
export async function startWebhookRelay(
  socketPath: string,
  policy: NetworkPolicy,
): Promise<WebhookRelay> {
  await rm(socketPath, { force: true });
  const client = new WebhookClient(policy);
  const server = createServer((request, response) => {
    void serve(client, request, response);
  });
  await listen(server, shortPath(socketPath));
  return {
    async stop() {
      client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(socketPath, { force: true });
    },
  };
}

function shortPath(path: string): string {
  const short = [path, relative(process.cwd(), path)].find(
    (candidate) => Buffer.byteLength(candidate) <= MAX_SOCKET_PATH,
  );
  if (short !== undefined) return short;
  throw new Error(`${path} is too long for the path of a socket: choose a shorter --data-dir`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  client: WebhookClient,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const text = await readText(request);
    const answer = await client.post(JSON.parse(text) as WebhookCall);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_CALL) throw new Error(`the review is longer than ${MAX_CALL} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
