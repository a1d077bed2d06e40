import { enrolResponseSchema } from '../../apimachinery/agent-protocol.ts';
import type { EnrolRequest, EnrolResponse } from '../../apimachinery/agent-protocol.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointURL } from './endpoint.ts';
import { postJSON, statusMessage } from './post-json.ts';

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
  const { status, text } = await postJSON(endpoint, endpointURL(endpoint, 'nodes'), token, body);
  if (status >= 200 && status < 300) return enrolResponseSchema.parse(JSON.parse(text));
  const message = `enrolment answered ${status}: ${statusMessage(text)}`;
  if (status >= 400 && status < 500 && status !== 429) throw new EnrolmentRefused(message);
  throw new Error(message);
}
