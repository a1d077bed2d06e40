import { Agent as HTTPAgent, request as httpRequest } from 'node:http';
import { Agent as HTTPSAgent, request as httpsRequest } from 'node:https';
import type { Endpoint } from './endpoint.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/**
 * How long a connection is kept for the next request. The tokens of pods that were started together are
 * renewed within ten seconds, every hour: a handshake for each would be most of an idle agent's traffic.
 */
const IDLE_MS = 15_000;
const HTTP_AGENT = new HTTPAgent({ keepAlive: true, timeout: IDLE_MS });
const HTTPS_AGENT = new HTTPSAgent({ keepAlive: true, timeout: IDLE_MS });

/** POSTs JSON with a bearer token; answers whatever comes back. Throws when nothing does. */
export function postJSON(
  endpoint: Endpoint,
  url: URL,
  token: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  return sendJSON(endpoint, 'POST', url, token, body);
}

/** The same with any method. */
export function sendJSON(
  { ca }: Endpoint,
  method: string,
  url: URL,
  token: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const sent = Buffer.from(JSON.stringify(body));
  const options = {
    method,
    headers: {
      'Content-Type': 'application/json',
      // Without it Node sends the body of a DELETE as if it were another request.
      'Content-Length': sent.length,
      Authorization: `Bearer ${token}`,
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(ca === undefined ? {} : { ca }),
  };
  const isSecure = url.protocol === 'https:';
  const request = isSecure ? httpsRequest : httpRequest;
  const agent = isSecure ? HTTPS_AGENT : HTTP_AGENT;
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, agent }, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
        parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
      });
    });
    call.on('error', reject);
    call.end(sent);
  });
}

/** What a refusal says: the message of its Status, or the beginning of its text. */
export function statusMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Something between us and the control plane answered; its text is the best there is.
  }
  return text.slice(0, 200);
}
