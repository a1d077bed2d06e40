import type { Endpoint } from './endpoint.ts';
import { sendRequest } from './http-request.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

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
export async function sendJSON(
  endpoint: Endpoint,
  method: string,
  url: URL,
  token: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  // Over a connection that Node keeps for five seconds: one kept for longer may have died unnoticed, and
  // what is asked over it then waits in vain.
  const answer = await sendRequest(endpoint, {
    method,
    url,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: Buffer.from(JSON.stringify(body)),
    silenceMs: TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: answer.status, text: answer.body.toString('utf8') };
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
