import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { enrolResponseSchema } from '../../apimachinery/agent-protocol.ts';
import type { EnrolRequest, EnrolResponse } from '../../apimachinery/agent-protocol.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointURL } from './endpoint.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** The control plane refused the enrolment; trying the same again is of no use. */
export class EnrolmentRefused extends Error {
  override readonly name = 'EnrolmentRefused';
}

/** Registers the node's public key, once in a node's life. */
export async function enrolNode(
  endpoint: Endpoint,
  token: string,
  body: EnrolRequest,
): Promise<EnrolResponse> {
  const { status, text } = await postJSON(endpoint, token, body);
  if (status >= 200 && status < 300) return enrolResponseSchema.parse(JSON.parse(text));
  const message = `enrolment answered ${status}: ${statusMessage(text)}`;
  if (status >= 400 && status < 500 && status !== 429) throw new EnrolmentRefused(message);
  throw new Error(message);
}

function statusMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Something between us and the control plane answered; its text is the best there is.
  }
  return text.slice(0, 200);
}

function postJSON(
  endpoint: Endpoint,
  token: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const url = endpointURL(endpoint, 'nodes');
  const options = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  };
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error('enrolment answer is too large'));
        parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
